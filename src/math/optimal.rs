//! Trajectories of least cost, by dynamic programming over pairs of timesteps.
//!
//! Bao et al. 2022, section 4 and algorithm 2 (after Watson et al. 2021): of all paths with K nodes, the one whose
//! steps' costs have the least sum.

use super::level::one_minus_snr_ratio;
use super::schedule::Schedule;
use super::time::Timestep;

/// Cheapest path from node 0 to node `last` in exactly `edges` edges, from 1 to `last`; `cost(s, r)` is that of the edge
/// from s up to r. Of equal paths, the one whose nodes are lower, as numpy's `argmin` chooses.
///
/// O(edges * last^2) time, O(last^2 + edges * last) memory.
pub fn cheapest_path(last: usize, edges: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    // costs[r][s], so that the inner loop walks along a row.
    let costs: Vec<Vec<f64>> = (0..=last).map(|r| (0..r).map(|s| cost(s, r)).collect()).collect();
    let mut cheapest: Vec<f64> = (0..=last).map(|node| if node == 0 { 0.0 } else { f64::INFINITY }).collect();
    let mut before: Vec<Vec<usize>> = Vec::with_capacity(edges);

    for edge in 1..=edges {
        // Nodes that `edge` edges reach, and from which the rest reaches the end.
        let reachable = edge..=last - (edges - edge);
        let mut next = vec![f64::INFINITY; last + 1];
        let mut from = vec![0; last + 1];
        for r in reachable {
            for s in edge - 1..r {
                let total = cheapest[s] + costs[r][s];
                if total < next[r] {
                    (next[r], from[r]) = (total, s);
                }
            }
        }
        cheapest = next;
        before.push(from);
    }

    let mut path = vec![last];
    for from in before.iter().rev() {
        path.push(from[path[path.len() - 1]]);
    }
    path.reverse();
    path
}

/// The optimal trajectory of Analytic-DPM (eq. 17): the nodes 1 to N, both included, that minimise the bound on
/// the likelihood. Ascending timesteps.
///
/// `mean_sq_eps` holds N + 1 entries, index n = timestep + 1. Where it exceeds 1, which no exact network's does, the
/// logarithm of the cost has no meaning; from there on, and for as many timesteps before, the list is spread evenly
/// instead, over a share of the steps (the official code's `_split`). Where those are more timesteps than there are,
/// the official code ends in an assertion; here the whole list is spread evenly.
pub fn timesteps(schedule: &Schedule, mean_sq_eps: &[f64], num_steps: usize) -> Vec<Timestep> {
    let last = schedule.num_train_timesteps();
    let Some(split) = Split::new(mean_sq_eps, last, num_steps) else { return evenly(0, last, num_steps) };

    // ln(1 - beta_{t|s} Gamma_t) = ln(1 - c mean_sq_eps_t): the ratio of optimal to largest variance.
    let levels: Vec<_> = (0..split.reliable).filter_map(|t| schedule.level(Timestep(t))).collect();
    let cost = |s: usize, r: usize| libm::log(1.0 - one_minus_snr_ratio(levels[r], levels[s]) * mean_sq_eps[r + 1]);
    let path = match split.reliable_steps {
        0 => Vec::new(),
        1 => vec![split.reliable - 1],
        steps => cheapest_path(split.reliable - 1, steps - 1, cost),
    };

    let spread = evenly(split.reliable, last, num_steps - split.reliable_steps);
    path.into_iter().map(Timestep).chain(spread).collect()
}

/// Where the measured numbers can be relied on, and how many of the steps go there.
struct Split {
    reliable: usize,
    reliable_steps: usize,
}

impl Split {
    fn new(mean_sq_eps: &[f64], last: usize, num_steps: usize) -> Option<Self> {
        let first_above_one = (1..=last).find(|n| mean_sq_eps[*n] > 1.0).unwrap_or(last + 1);
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
