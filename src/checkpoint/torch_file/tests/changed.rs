//! Files that are changed anywhere, and pickles of any instructions.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use super::{beginning, elsewhere, file, with_pickle};
use crate::error::Error;

/// Instructions and their parts, in any order a pickle.
fn instructions() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&'static [u8]> = vec![
        b"(",
        b"N",
        b"\x88",
        b"K\x02",
        b"J\xff\xff\xff\xff",
        b"\x8a\x09\0\0\0\0\0\0\0\0\x7f",
        b"X\x01\0\0\0w",
        b"X\x05\0\0\0model",
        b"X\x07\0\0\0storage",
        b"\x8c\x010",
        b"ctorch\nFloatStorage\n",
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"ctorch._utils\n_rebuild_parameter\n",
        b"ccollections\nOrderedDict\n",
        b"ctorch\nSize\n",
        b"q\x01",
        b"h\x01",
        b"\x94",
        b"}",
        b"]",
        b")",
        b"\x85",
        b"\x86",
        b"\x87",
        b"t",
        b"a",
        b"e",
        b"s",
        b"u",
        b"Q",
        b"R",
        b"b",
    ];
    prop::collection::vec(select(parts), 1..60).prop_map(|parts| parts.concat())
}

/// Reads the file and its numbers; an error is a sentence.
fn read(file: &[u8]) -> Result<(), TestCaseError> {
    let numbers = elsewhere::read(file).and_then(|tensors| {
        tensors.iter().map(|tensor| Ok(tensor.to_f32()?.len())).collect::<Result<Vec<usize>, Error>>()
    });
    match numbers {
        Ok(numbers) => prop_assert!(numbers.iter().all(|count| *count <= file.len())),
        Err(error) => prop_assert!(error.to_string().chars().count() < 700, "{error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_files_are_read_or_refused(
        name in select(vec!["archive.pt", "legacy.pt", "legacy_protocol_4.pt", "beside_an_optimiser.pt"]),
        changes in prop::collection::vec((0.0..1.0, any::<u8>()), 1..4),
        end in prop_oneof![3 => Just(1.0), 1 => 0.0..1.0],
    ) {
        let mut file = file(name);
        let length = file.len() as f64;
        for (share, byte) in changes {
            file[(share * length) as usize] = byte;
        }
        file.truncate((end * length) as usize);
        read(&file)?;
    }

    #[test]
    fn any_instructions_are_read_or_refused(pickle in instructions(), more in prop::collection::vec(any::<u8>(), 0..40)) {
        read(&with_pickle(&pickle))?;
        read(&[with_pickle(&pickle), more.clone()].concat())?;
        read(&[&beginning()[..], &more].concat())?;
    }
}
