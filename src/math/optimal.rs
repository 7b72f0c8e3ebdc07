//! Trajectories of least cost, by dynamic programming over pairs of timesteps.
//!
//! Bao et al. 2022, section 4 and algorithm 2 (after Watson et al. 2021): of all paths with K nodes, the one whose
//! steps' costs have the least sum.

use super::level::one_minus_snr_ratio;
use super::schedule::Schedule;
use super::time::Timestep;

/// Most comparisons of paths, and most paths that are kept: some seconds, and 192 MiB.
pub const MOST_WORK: u64 = 1 << 32;
const MOST_KEPT: u64 = 1 << 24;

/// Comparisons that an edge's cost takes as long as: it is a logarithm.
const COST: u64 = 16;

/// Comparisons that [`cheapest_path`] takes as long as, or `u64::MAX` where it would keep too much.
fn work(last: usize, edges: usize) -> u64 {
    let (width, last, edges) = ((last - edges + 1) as u64, last as u64, edges as u64);
    let costs = last * width - width * (width - 1) / 2;
    let kept = edges * width;
    if kept > MOST_KEPT { u64::MAX } else { kept * (width + 1) / 2 + COST * costs }
}

/// Cheapest path from node 0 to node `last` in exactly `edges` edges, from 1 to `last`; `cost(s, r)` is that of the edge
/// from s up to r. Of equal paths, the one whose nodes are lower, as numpy's `argmin` chooses.
///
/// O(edges * last^2) time. Every cost is asked for once, so it is not kept: O(edges * last) memory.
pub fn cheapest_path(last: usize, edges: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    // After k edges the nodes k to k + width - 1 can be reached, and the rest still reaches the end.
    let width = last - edges + 1;
    // By node, then by edges: how cheap, and from where. Row r holds k = r - width + 1 to r, of which 0 to `edges` are used.
    let first_of = |node: usize| (node + 1).saturating_sub(width);
    let last_of = |node: usize| node.min(edges);
    let rows: Vec<usize> = std::iter::once(0)
        .chain((0..=last).scan(0, |end, node| {
            *end += last_of(node) + 1 - first_of(node);
            Some(*end)
        }))
        .collect();
    let mut cheapest = vec![f64::INFINITY; rows[last + 1]];
    let mut before = vec![0u32; rows[last + 1]];
    cheapest[0] = 0.0;

    for r in 1..=last {
        let (earlier, row) = cheapest.split_at_mut(rows[r]);
        let before = &mut before[rows[r]..rows[r + 1]];
        for s in r.saturating_sub(width)..r {
            // One edge more than s was reached with.
            let (first, end) = (first_of(r).max(first_of(s) + 1), last_of(r).min(last_of(s) + 1));
            if first > end {
                continue;
            }
            let cost = cost(s, r);
            let from = &earlier[rows[s] + first - 1 - first_of(s)..];
            let into = first - first_of(r)..=end - first_of(r);
            for ((least, before), so_far) in row[into.clone()].iter_mut().zip(&mut before[into]).zip(from) {
                let total = so_far + cost;
                if total < *least {
                    (*least, *before) = (total, s as u32);
                }
            }
        }
    }

    let mut path = vec![last];
    let mut node = last;
    for k in (1..=edges).rev() {
        node = before[rows[node] + k - first_of(node)] as usize;
        path.push(node);
    }
    path.reverse();
    path
}

/// The optimal trajectory of Analytic-DPM (eq. 17): the nodes 1 to N, both included, that minimise the bound on
/// the likelihood. Ascending timesteps. `Err` where it would take more than [`MOST_WORK`]: how much.
///
/// `mean_sq_eps` holds N + 1 entries, index n = timestep + 1. Where it exceeds 1, which no exact network's does, the
/// logarithm of the cost has no meaning; from there on, and for as many timesteps before, the list is spread evenly
/// instead, over a share of the steps (the official code's `_split`). Where those are more timesteps than there are,
/// the official code ends in an assertion; here the whole list is spread evenly. What rounding adds to 1 does not exceed it.
pub fn timesteps(schedule: &Schedule, mean_sq_eps: &[f64], num_steps: usize) -> Result<Vec<Timestep>, u64> {
    let last = schedule.num_train_timesteps();
    let Some(split) = Split::new(mean_sq_eps, last, num_steps) else { return Ok(evenly(0, last, num_steps)) };

    // ln(1 - beta_{t|s} Gamma_t) = ln(1 - c mean_sq_eps_t): the ratio of optimal to largest variance.
    let levels: Vec<_> = (0..split.reliable).filter_map(|t| schedule.level(Timestep(t))).collect();
    let mean_sq_eps = |r: usize| mean_sq_eps[r + 1].min(1.0);
    let cost = |s: usize, r: usize| libm::log(1.0 - one_minus_snr_ratio(levels[r], levels[s]) * mean_sq_eps(r));
    let path = match split.reliable_steps {
        0 => Vec::new(),
        1 => vec![split.reliable - 1],
        steps => {
            let work = work(split.reliable - 1, steps - 1);
            if work > MOST_WORK {
                return Err(work);
            }
            cheapest_path(split.reliable - 1, steps - 1, cost)
        }
    };

    let spread = evenly(split.reliable, last, num_steps - split.reliable_steps);
    Ok(path.into_iter().map(Timestep).chain(spread).collect())
}

/// How far above 1 an entry is still 1: sums of many numbers are no more exact than that.
const ROUNDING: f64 = 1e-9;

/// Where the measured numbers can be relied on, and how many of the steps go there.
struct Split {
    reliable: usize,
    reliable_steps: usize,
}

impl Split {
    fn new(mean_sq_eps: &[f64], last: usize, num_steps: usize) -> Option<Self> {
        let exceeds_one = |n: &usize| mean_sq_eps[*n] > 1.0 + ROUNDING;
        let first_above_one = (1..=last).find(exceeds_one).unwrap_or(last + 1);
        let unreliable = 2 * (last + 1 - first_above_one);
        let reliable = last.checked_sub(unreliable)?;

        let share = 1.0 - 0.8 * (unreliable as f64 / last as f64);
        let mut reliable_steps = ((share * num_steps as f64).ceil() as usize).min(reliable);
        if num_steps - reliable_steps > unreliable {
            reliable_steps = num_steps - unreliable;
        }
        if unreliable > 0 && reliable_steps == num_steps {
            reliable_steps -= 1;
        }
        // The dynamic programme's list begins at the first timestep and ends at the last reliable one.
        let has_both_ends = reliable_steps >= 2 || (reliable_steps == 1 && reliable == 1);
        has_both_ends.then_some(Self { reliable, reliable_steps })
    }
}

/// `num_steps` of the nodes above `first` up to `last`, the last one included, as Python rounds them; the first of all
/// included where `first` is 0.
fn evenly(first: usize, last: usize, num_steps: usize) -> Vec<Timestep> {
    if first == 0 {
        let stride = (last - 1) as f64 / (num_steps.max(2) - 1) as f64;
        return (0..num_steps).map(|k| Timestep((k as f64 * stride).round_ties_even() as usize)).collect();
    }
    let stride = (last - first) as f64 / num_steps.max(1) as f64;
    let node = |k: usize| (last as f64 - stride * k as f64).round_ties_even() as usize;
    (0..num_steps).rev().map(|k| Timestep(node(k) - 1)).collect()
}
