//! Hostile files: each fault has a sentence, and none panics or takes more memory than the file.

mod changed;
mod elsewhere;
mod in_parts;

use elsewhere::read;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/torch_files");

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}")).expect("a golden file")
}

/// The part of a file of the older format before what was saved.
fn beginning() -> Vec<u8> {
    let small: &[&[u8]] = &[
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
        b"\x80\x02M\xe9\x03.",
        b"\x80\x02}X\x0d\0\0\0little_endian\x88s.",
    ];
    small.concat()
}

/// A file of the older format that has this pickle, and no storages.
fn with_pickle(pickle: &[u8]) -> Vec<u8> {
    [&beginning()[..], b"\x80\x02", pickle, b".", b"\x80\x02]."].concat()
}

/// What is said of a file with this pickle.
fn said(pickle: &[u8]) -> String {
    read(&with_pickle(pickle)).expect_err("a hostile pickle").to_string()
}

/// A dictionary of one tensor with a storage of 4 numbers.
fn tensor(offset: &[u8], shape: &[u8], strides: &[u8]) -> Vec<u8> {
    let storage: &[u8] = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ";
    [b"}X\x01\0\0\0wctorch._utils\n_rebuild_tensor\n(", storage, offset, shape, strides, b"tRs"].concat()
}

#[test]
fn a_tensor_lies_within_its_storage() {
    let outside = "is not within its storage of 4 numbers";
    for (offset, shape, strides, cause) in [
        (&b"K\x01"[..], &b"K\x04\x85"[..], &b"K\x01\x85"[..], outside),
        (b"K\0", b"K\x05\x85", b"K\x01\x85", outside),
        (b"K\0", b"K\x05\x85", b"K\0\x85", outside),
        (b"K\0", b"K\x02\x85", b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85", outside),
        (b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", b"K\x02\x85", b"K\x01\x85", outside),
        (b"K\0", b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x04\x86", b"K\0K\0\x86", outside),
        (b"J\xff\xff\xff\xff", b"K\x01\x85", b"K\x01\x85", "has the size or the offset -1"),
        (b"K\0", b"\x8a\x01\xff\x85", b"K\x01\x85", "has the size or the offset -1"),
        (b"K\0", b"K\x01\x85", b"K\x01K\x01\x86", "has 1 dimensions and 2 strides"),
        (b"K\0", b"(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01t", b"(t", "has 9 items where 8 are the most"),
        (b"N", b"K\x01\x85", b"K\x01\x85", "size in the pickle is no number"),
        (b"K\0", b"K\x02\x85", b"K\x01\x85", "the numbers of tensor `w` are not in the file"),
    ] {
        let sentence = said(&tensor(offset, shape, strides));
        assert!(sentence.contains(cause), "{sentence}");
    }
}

#[test]
fn several_files_are_read_as_one() {
    let [first, second] = ["network.pt", "legacy.pt"].map(file);
    // The name is as long as the sign is large that a safetensors file has there.
    let name = "n".repeat(usize::from(b'{'));
    let joined = |files: &[&[u8]]| {
        let with_length = |file: &[u8]| [&(file.len() as u64).to_le_bytes(), file].concat();
        let named = |file: &&[u8]| [with_length(name.as_bytes()), with_length(file)].concat();
        [super::SEVERAL, &files.iter().map(named).collect::<Vec<_>>().concat()].concat()
    };
    let names = |file: &[u8]| {
        let tensors = read(file).expect("tensors");
        tensors.into_iter().map(|tensor| (tensor.to_f32(), tensor.name)).collect::<Vec<_>>()
    };
    let both = joined(&[&first, &second]);
    assert_eq!(names(&both), [names(&first), names(&second)].concat());
    for (files, cause) in [
        (
            joined(&[&first, &first]),
            "n…” of the weights: the weights are a damaged file of PyTorch: another file has the tensor `",
        ),
        (both[..both.len() - 1].to_vec(), "bytes are to follow byte"),
        (
            joined(&[&first, b"text"]),
            "n…” of the weights: the weights are a damaged file of PyTorch: the pickle takes an object from where there is none",
        ),
        (joined(&[&both]), "the pickle takes an object from where there is none"),
    ] {
        let sentence = read(&files).expect_err(cause).to_string();
        assert!(sentence.contains(cause), "{sentence}");
    }
}

#[test]
fn a_long_list_is_not_copied_again_and_again() {
    let items = |item: &[u8]| item.repeat(100_000);
    let list = [&b"("[..], &items(b"K\x01"), b"tq\0"].concat();
    let pairs = [&b"]("[..], &items(b"K\x01K\x01\x86"), b"eq\0"].concat();
    let again = b"h\x01h\0\x85R".repeat(30);
    for (pickle, cause) in [
        ([&list[..], b"ctorch\nSize\nq\x01", &again].concat(), "has 100000 items where 8 are the most"),
        ([&list[..], b"Q"].concat(), "has 100000 items where 8 are the most"),
        ([&pairs[..], b"ccollections\nOrderedDict\nq\x01", &again].concat(), "copies 600000 entries in 5"),
    ] {
        let sentence = said(&pickle);
        assert!(sentence.contains(cause), "{sentence}");
    }
}

#[test]
fn a_name_counts_once_however_often_it_is_there() {
    // The tensor is put into the memo, then set under one name a thousand times.
    let one = tensor(b"K\0", b"K\x02\x85", b"K\x01\x85");
    let one = &one[b"}X\x01\0\0\0w".len()..one.len() - 1];
    let again = b"h\x01h\0s".repeat(1000);
    let pickle = [&b"}X\x01\0\0\0wq\x01"[..], one, b"q\0s", &again].concat();
    let file = [&beginning()[..], b"\x80\x02", &pickle, b".", b"\x80\x02](X\x01\0\0\x000e."].concat();
    let file = [&file[..], &4u64.to_le_bytes(), &[0; 16]].concat();
    assert_eq!(read(&file).expect("it is well formed").len(), 1);
    // What is as long as no name of a tensor is none.
    let long = [&b"}X"[..], &2000u32.to_le_bytes(), &[b'w'; 2000], one, b"s"].concat();
    assert!(said(&long).contains("no tensors with names"), "{}", said(&long));
}

#[test]
fn a_pickle_that_makes_no_sense_is_refused() {
    for (pickle, cause) in [
        (&b"0"[..], "the instruction 0x30 at byte"),
        (b"cos\nsystem\n", "the pickle calls `os.system`"),
        (b"X\x02\0\0\0osX\x06\0\0\0system\x93", "the pickle calls `os.system`"),
        (b"cbuiltins\neval\n", "the pickle calls `builtins.eval`"),
        (b"ctorch\nload\n", "the pickle calls `torch.load`"),
        (b"ctorch\nAStorage\n", "the pickle calls `torch.AStorage`"),
        (b"N)R", "calls what is no function"),
        (b"ctorch\ndevice\nNR", "no list of arguments"),
        (b"ctorch\nSize\n)R", "other arguments than PyTorch writes"),
        (b"NQ", "no list of arguments"),
        (b")Q", "something other than a storage"),
        (b"]Nb", "the pickle changes an object at byte"),
        (b"t", "takes an object from where there is none"),
        (b"}(NuN", "what is no dictionary"),
        (b"(a", "from where there is none"),
        (b"NNa", "what is no list"),
        (b"h\x05", "the pickle has no object 5"),
        (b"Nr\xff\xff\x10\0", "the pickle has an object 1114111"),
        (b"X\xff\xff\xff\xffa", "4294967295 bytes are to follow"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa", "bytes are to follow"),
        (b"X\x01\0\0\0\xff", "a name is not UTF-8"),
        (b"\x80\x06", "the pickle has protocol 6"),
        (b"cos", "has no end"),
        // Dictionaries that contain themselves, and one another.
        (b"}q\0X\x05\0\0\0modelh\0s", "no tensors with names"),
        (b"]q\0(h\0h\0h\0e", "no tensors with names"),
    ] {
        let sentence = said(pickle);
        assert!(sentence.contains(cause), "{sentence}");
    }
}

#[test]
fn a_pickle_without_end_is_left() {
    let sentence = said(&b"N".repeat(2_000_001));
    assert!(sentence.contains("more than 2000000 instructions"), "{sentence}");
    // Lists of lists, as deep as they are many, are let go of without a recursion.
    let deep = [&b"]".repeat(500_000)[..], &b"a".repeat(499_999)].concat();
    assert!(said(&deep).contains("no tensors with names"));
}

#[test]
fn the_older_format_says_which_part_is_another() {
    let cut = |at: usize, bytes: &[u8]| {
        let mut file = with_pickle(b"}");
        file[at..at + bytes.len()].copy_from_slice(bytes);
        read(&file).expect_err("another part").to_string()
    };
    assert!(cut(5, b"\0").contains("was not written by torch.save"));
    assert!(cut(18, b"\xe8").contains("another version of PyTorch's format than 1001"));
    let little = beginning().len() - 3;
    assert!(cut(little, b"\x89").contains("begin with their highest byte"));
}

/// What is said of the archive after a change of it.
fn said_of_archive(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut file = file("archive.pt");
    change(&mut file);
    read(&file).expect_err("a damaged archive").to_string()
}

/// Where the bytes are, the last time.
fn last(file: &[u8], of: &[u8]) -> usize {
    file.windows(of.len()).rposition(|part| part == of).expect("they are there")
}

#[test]
fn an_archives_directory_and_its_headers_agree() {
    let entry = |file: &[u8]| last(file, b"PK\x01\x02");
    let compressed = said_of_archive(|file| {
        let at = entry(file) + 10;
        file[at] = 8;
    });
    assert!(compressed.contains("is compressed; torch.save stores it as it is"), "{compressed}");
    let encrypted = said_of_archive(|file| {
        let at = entry(file) + 8;
        file[at] |= 1;
    });
    assert!(encrypted.contains("is encrypted"), "{encrypted}");
    // The last entry: another name, another size, the place of another file, and a place behind the directory.
    for (offset, byte) in [(46, b'b'), (24, 41), (42, 0), (44, 0xff)] {
        let other = said_of_archive(|file| {
            let at = entry(file) + offset;
            file[at] = byte;
            // Both sizes.
            if offset == 24 {
                file[at - 4] = byte;
            }
        });
        let is_told =
            ["say different things", "overlaps another", "bytes are to follow"].iter().any(|told| other.contains(told));
        assert!(is_told, "{offset}: {other}");
    }
    let twice = said_of_archive(|file| {
        // The directory counts one entry more than it has.
        let at = last(file, b"PK\x06\x06") + 32;
        file[at] += 1;
    });
    assert!(twice.contains("directory is not where") || twice.contains("bytes are to follow"), "{twice}");
    let elsewhere = said_of_archive(|file| {
        let at = last(file, b"PK\x06\x07") + 8;
        file[at] += 1;
    });
    assert!(elsewhere.contains("the archive's directory is not where its last bytes say it is"), "{elsewhere}");
}

#[test]
fn two_entries_for_the_same_bytes_are_refused() {
    let sentence = said_of_archive(|file| {
        // The entry of data/1 says the place, and the name, of data/0.
        let first = last(file, b"archive/data/0");
        let second = last(file, b"archive/data/1");
        let place: [u8; 4] = file[first - 4..first].try_into().expect("4 bytes");
        file[second - 4..second].copy_from_slice(&place);
        file[second + 13] = b'0';
        let sizes: [u8; 8] = file[first - 26..first - 18].try_into().expect("8 bytes");
        file[second - 26..second - 18].copy_from_slice(&sizes);
    });
    assert!(sentence.contains("`archive/data/0`") && sentence.contains("overlaps another"), "{sentence}");
}
