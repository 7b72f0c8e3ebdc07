//! What a step of each network launches, and what it is expected to take on three GPUs that are not at hand.

use std::error::Error;

use unnoise::kernels::gpu::{Cost, Gpu};
use unnoise::unet::UNet;

use crate::expected::GPUS;
use crate::networks::Case;
use crate::steps::{record, state, totals};

/// Prints the launches of the first network, one row for those that are equal, then a row per network and batch.
pub fn list(gpu: &Gpu, cases: &[Case]) -> Result<(), Box<dyn Error>> {
    let costs_of = |case: &Case, batch| costs(gpu, case, batch);
    if let Some(first) = cases.first() {
        println!("\n{}, batch 1\n\n| launches | kernel | workgroups | turns | multiply-adds | bytes |", first.name);
        println!("| --- | --- | --- | --- | --- | --- |");
        for (count, cost) in counted(costs_of(first, 1)?) {
            let Cost { name, workgroups, turns, multiply_adds, bytes } = cost;
            println!("| {count} | {name} | {workgroups} | {turns} | {multiply_adds} | {bytes} |");
        }
    }
    let names: Vec<_> = GPUS.iter().map(|gpu| format!(" {}, ms |", gpu.name)).collect();
    println!("\n| network | batch | launches | fewest workgroups | most turns | GFLOP | MB |{}", names.concat());
    println!("| --- | --- | --- | --- | --- | --- | --- |{}", " --- |".repeat(GPUS.len()));
    for case in cases {
        for &batch in case.batches {
            let costs = costs_of(case, batch)?;
            let (flops, bytes) = totals(&costs);
            let fewest = costs.iter().map(|cost| cost.workgroups).min().unwrap_or(0);
            let most = costs.iter().map(|cost| cost.turns).max().unwrap_or(0);
            let expected: Vec<_> = GPUS.iter().map(|gpu| format!(" {:.2} |", 1e3 * gpu.seconds(&costs))).collect();
            println!(
                "| {} | {batch} | {} | {fewest} | {most} | {:.2} | {:.1} |{}",
                case.name,
                costs.len(),
                flops / 1e9,
                bytes / 1e6,
                expected.concat()
            );
        }
    }
    Ok(())
}

fn costs(gpu: &Gpu, case: &Case, batch: usize) -> Result<Vec<Cost>, Box<dyn Error>> {
    let unet = UNet::blank(&case.config, gpu)?;
    let x = state(gpu, &unet, batch);
    gpu.submit();
    record(gpu, &unet, &x, batch)?;
    let costs = gpu.recorded();
    gpu.submit();
    Ok(costs)
}

/// Equal launches once, with their number, in the order of their first.
fn counted(costs: Vec<Cost>) -> Vec<(usize, Cost)> {
    let mut counted: Vec<(usize, Cost)> = Vec::new();
    for cost in costs {
        match counted.iter_mut().find(|(_, found)| *found == cost) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, cost)),
        }
    }
    counted
}
