//! What is read of a file that lies elsewhere, and what is given back.

use std::ops::Range;

use super::super::SEVERAL;
use super::elsewhere::{Elsewhere, read};
use super::{beginning, file};
use crate::checkpoint::config::UNetConfig;
use crate::checkpoint::layout;
use crate::checkpoint::weights::{self, Weights};
use crate::checkpoint::weights_file::WeightsFile;

#[test]
fn every_file_of_a_folder_is_the_same_in_parts() {
    let mut files = 0;
    for folder in
        ["tests/golden/torch_files", "tests/golden/originals", "fuzz/corpus/pickle", "fuzz/corpus/safetensors"]
    {
        let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let file = std::fs::read(entry.expect("an entry").path()).expect("a file");
            files += usize::from(read(&file).is_ok());
        }
    }
    assert!(files > 20, "{files} files have tensors");
}

#[test]
fn a_network_takes_the_same_weights_from_a_file_in_parts() {
    for name in ["guided", "guided_updown", "ho"] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/originals");
        let read = |ending: &str| std::fs::read(format!("{folder}/{name}.{ending}")).expect("a golden file");
        let json = serde_json::from_slice(&read("json")).expect("JSON");
        let config = UNetConfig::from_json(&json).expect("a configuration");
        let (slots, bytes) = (layout::slots(&config), read("pt"));
        let all = |file: WeightsFile| {
            let mut weights = Weights::of_network(file, &config, &slots).expect("its weights");
            slots.iter().map(|(slot, _)| weights.take(slot)).collect::<Result<Vec<_>, _>>().expect("finite numbers")
        };
        assert!(all(WeightsFile::InParts(Elsewhere::new(bytes.clone()))) == all((&bytes).into()), "{name}");
    }
}

/// A file of the older format: under each name a view of one storage of so many numbers, by its offset, its side and its stride. Before them
/// stands a text of `text` bytes, which is no tensor.
fn views(count: u32, views: &[(&str, u8, u8, u8)], text: usize) -> Vec<u8> {
    let mut pickle = [&b"\x80\x02}X"[..], &(text as u32).to_le_bytes(), &vec![b't'; text], b"Ns"].concat();
    for (name, offset, side, stride) in views {
        pickle.extend([&b"X\x01\0\0\0"[..], name.as_bytes(), b"ctorch._utils\n_rebuild_tensor\n("].concat());
        pickle.extend(b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuJ");
        pickle.extend(
            [&count.to_le_bytes()[..], b"tQK", &[*offset], b"K", &[*side], b"\x85K", &[*stride], b"\x85tRs"].concat(),
        );
    }
    let keys = b".\x80\x02](X\x01\0\0\x000e.";
    let numbers = (0..count).flat_map(|number| (number as f32).to_le_bytes()).collect();
    [beginning(), pickle, keys.to_vec(), u64::from(count).to_le_bytes().to_vec(), numbers].concat()
}

/// An archive of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let [size, at] = [content.len(), archive.len()].map(|number| (number as u32).to_le_bytes());
        let same = [&[0; 16][..], &size, &size, &(name.len() as u32).to_le_bytes()].concat();
        archive.extend([b"PK\x03\x04", &same[2..], name.as_bytes(), content].concat());
        directory.extend([b"PK\x01\x02", &same[..], &[0; 10], &at, name.as_bytes()].concat());
    }
    let [count, size, at] =
        [files.len() << 16, directory.len(), archive.len()].map(|number| (number as u32).to_le_bytes());
    [&archive[..], &directory, b"PK\x05\x06\0\0\0\0\0\0", &count[2..], &size, &at, &[0; 2]].concat()
}

/// The pickle of [`views`], and the numbers of its storage.
fn large(count: u32) -> [Vec<u8>; 2] {
    let file = views(count, &[("w", 0, 9, 1)], 0);
    let numbers = file.len() - 4 * count as usize;
    let keys = b"\x80\x02](X\x01\0\0\x000e.";
    [file[beginning().len()..numbers - 8 - keys.len()].to_vec(), file[numbers..].to_vec()]
}

#[test]
fn no_storage_is_read_before_its_tensor() {
    const COUNT: u32 = 1 << 20;
    let [pickle, numbers] = large(COUNT);
    let archived = archive(&[("a/data.pkl", &pickle), ("a/byteorder", b"little"), ("a/data/0", &numbers)]);
    // Of an archive no more than the longest comment; of the older format what its pickles may take.
    for (bytes, most) in [(archived, 1 << 17), (views(COUNT, &[("w", 0, 9, 1)], 0), (1 << 20) + 64)] {
        let file = Elsewhere::new(bytes);
        let tensors = weights::read(WeightsFile::InParts(file.clone())).expect("a tensor");
        let read: usize = file.read.take().iter().map(Range::len).sum();
        assert!(read <= most, "{read} of {} bytes", file.bytes.len());
        assert_eq!(tensors[0].to_f32(), Ok((0..9u8).map(f32::from).collect()));
        assert_eq!(file.read.take().iter().map(Range::len).collect::<Vec<_>>(), [36]);
    }
}

#[test]
fn a_pickle_is_read_on_where_a_part_of_it_ends() {
    let rest = views(4, &[("w", 1, 2, 1)], 0);
    // The part ends at each byte of what follows the text, and of the text's last ones.
    for text in (1 << 20) - rest.len()..(1 << 20) {
        let bytes = views(4, &[("w", 1, 2, 1)], text);
        let file = Elsewhere::new(bytes.clone());
        let tensors = weights::read(WeightsFile::InParts(file.clone())).expect("a tensor");
        assert_eq!(tensors[0].to_f32(), Ok(vec![1.0, 2.0]));
        // Behind the pickles are a count and four numbers.
        let goes_on = bytes.len() - 24 > 1 << 20;
        let parts = file.read.take().iter().filter(|range| range.len() >= 1 << 20).count();
        assert_eq!(parts, 1 + usize::from(goes_on), "{text} bytes of text");
    }
    assert!(read(&views(4, &[("w", 1, 2, 1)], 17 << 20)).is_ok());
    let unended = [&beginning()[..], b"\x80\x02c", &vec![b'c'; 2 << 20]].concat();
    let sentence = read(&unended).expect_err("a line without end").to_string();
    assert!(sentence.contains(&format!("the line at byte {} has no end", beginning().len() + 3)), "{sentence}");
}

/// How often each byte of a file was given back before its tensors were taken, and after.
fn released(bytes: Vec<u8>) -> [Vec<u8>; 2] {
    let slots: Vec<_> = read(&bytes).expect("tensors").into_iter().map(|tensor| (tensor.name, tensor.shape)).collect();
    let file = Elsewhere::new(bytes);
    let mut weights = Weights::open(WeightsFile::InParts(file.clone()), &slots).expect("the same tensors");
    let before = file.released.borrow().clone();
    for (name, _) in &slots {
        weights.take(name).expect("a tensor");
    }
    [before, file.released.take()]
}

#[test]
fn every_byte_is_given_back_once() {
    let [pickle, numbers] = large(9);
    let one = archive(&[("a/data.pkl", &pickle), ("a/data/0", &numbers)]);
    let with_length = |bytes: &[u8]| [&(bytes.len() as u64).to_le_bytes(), bytes].concat();
    let parts = [&b"1"[..], &one, b"2", &file("legacy_network.pt")].map(with_length);
    let several = [SEVERAL, &parts.concat()].concat();
    for bytes in [one, file("network.pt"), file("legacy_network.pt"), several] {
        let numbers: usize = read(&bytes).expect("tensors").iter().map(|tensor| tensor.rows().len()).sum();
        let [before, after] = released(bytes);
        assert_eq!(before.iter().filter(|times| **times == 0).count(), numbers);
        assert!(after.iter().all(|times| *times == 1), "{} bytes", after.len());
    }
}

#[test]
fn numbers_of_two_tensors_are_not_given_back() {
    // By its place: x of none, 1 given back with its tensor, 0 kept.
    for (tensors, kept) in [
        (&[("a", 0, 4, 1), ("b", 4, 8, 1)][..], "111111111111"),
        (&[("a", 2, 4, 1), ("b", 8, 2, 1)], "xx1111xx11xx"),
        (&[("a", 0, 12, 1), ("b", 0, 12, 1)], "000000000000"),
        (&[("a", 0, 12, 1), ("b", 4, 2, 1), ("c", 8, 1, 1)], "000000000000"),
        (&[("a", 0, 6, 1), ("b", 4, 4, 1), ("c", 9, 2, 1)], "00000000x11x"),
        // Every third one, and one between them.
        (&[("a", 0, 3, 3), ("b", 4, 1, 1), ("c", 8, 4, 1)], "0000000x1111"),
        (&[("a", 0, 3, 3), ("b", 7, 5, 1)], "000000011111"),
        // Those without numbers have none of another's.
        (&[("a", 0, 12, 1), ("b", 4, 0, 1)], "111111111111"),
    ] {
        let [before, after] = released(views(12, tensors, 0));
        let storage = before.len() - 48;
        let place = |at: usize| match (before[at], after[at]) {
            (1, 1) => 'x',
            (0, 1) => '1',
            (0, 0) => '0',
            times => panic!("byte {at} was given back {times:?} times"),
        };
        assert!((0..storage).all(|at| place(at) == 'x'), "{tensors:?}");
        let found: String = (storage..before.len()).step_by(4).map(place).collect();
        assert_eq!(found, kept, "{tensors:?}");
    }
}
