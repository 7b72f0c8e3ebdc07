//! The lists of timesteps are diffusers', for every number of steps.

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use unnoise::math::trajectory::Trajectory;

use crate::files::json;

#[derive(Deserialize)]
struct File {
    digests: Vec<Digests>,
    lists: Vec<List>,
}

#[derive(Deserialize)]
struct Digests {
    #[serde(rename = "T")]
    total: usize,
    spacing: String,
    steps_offset: usize,
    /// The numbers of steps for which diffusers lists timestep -1 at the end, which is the data.
    surplus_minus_one: Vec<usize>,
    all: String,
    digests: Option<String>,
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "T")]
    total: usize,
    spacing: String,
    steps_offset: usize,
    #[serde(rename = "K")]
    num_steps: usize,
    timesteps: Vec<i64>,
}

/// Characters of a digest.
const DIGEST: usize = 8;

fn listed(total: usize, spacing: &str, steps_offset: usize, num_steps: usize) -> Vec<i64> {
    let trajectory = match spacing {
        "leading" => Trajectory::Leading,
        "trailing" => Trajectory::Trailing,
        "linspace" => Trajectory::Linspace,
        other => panic!("no such spacing: {other}"),
    };
    let timesteps = trajectory.timesteps(num_steps, total, steps_offset);
    timesteps.into_iter().map(|t| i64::try_from(t.0).expect("a small number")).collect()
}

fn joined(timesteps: &[i64]) -> String {
    timesteps.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

#[test]
fn lists_are_those_of_diffusers() {
    for golden in json::<File>("trajectories.json").lists {
        let List { total, spacing, steps_offset, num_steps, mut timesteps } = golden;
        timesteps.retain(|t| *t >= 0);
        let found = listed(total, &spacing, steps_offset, num_steps);
        assert_eq!(found, timesteps, "{spacing}, {num_steps} of {total}, offset {steps_offset}");
    }
}

#[test]
fn every_number_of_steps_has_diffusers_list_without_timestep_minus_one() {
    for golden in json::<File>("trajectories.json").digests {
        let Digests { total, spacing, steps_offset, surplus_minus_one, all, digests } = golden;
        let lines: Vec<String> = (1..=total)
            .map(|num_steps| {
                let mut timesteps = listed(total, &spacing, steps_offset, num_steps);
                if surplus_minus_one.contains(&num_steps) {
                    timesteps.push(-1);
                }
                joined(&timesteps)
            })
            .collect();

        let digests = digests.unwrap_or_default();
        for (line, (num_steps, digest)) in lines.iter().zip((1..).zip(digests.as_bytes().chunks(DIGEST))) {
            let found = sha256(line);
            assert_eq!(&found.as_bytes()[..DIGEST], digest, "{spacing}, {num_steps} of {total}, offset {steps_offset}");
        }
        assert_eq!(sha256(lines.join("\n")), all, "{spacing} of {total}, offset {steps_offset}");
    }
}
