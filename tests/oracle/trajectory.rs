//! The optimal trajectory against every other one, on a schedule that is short enough to try them all.

use unnoise::math::level::NoiseLevel;
use unnoise::math::optimal;
use unnoise::math::schedule::{BetaSchedule, Schedule};
use unnoise::math::time::Timestep;

fn timesteps(schedule: &Schedule, table: &[f64], num_steps: usize) -> Vec<usize> {
    optimal::timesteps(schedule, table, num_steps).expect("short enough").iter().map(|t| t.0).collect()
}

#[test]
fn the_optimal_trajectory_costs_the_least_of_all() {
    // Data of two points, +-1: mean_sq_eps from the posterior mean tanh(sqrt(alpha_bar) x / sigma^2), by quadrature.
    let schedule = Schedule::new(&BetaSchedule::Linear, 12, 1e-3, 0.3);
    let level = |t: usize| schedule.level(Timestep(t)).expect("a timestep");
    let mean_sq_eps = |level: NoiseLevel| {
        let (a, sigma) = (level.sqrt_alpha_bar(), level.sigma());
        let nodes = (-800..=800).map(|i| f64::from(i) / 100.0);
        let weigh = |z: f64| (-z * z / 2.0).exp();
        let value = |z: f64| {
            let x = a + sigma * z;
            ((x - a * (a * x / (sigma * sigma)).tanh()) / sigma).powi(2)
        };
        let mean = nodes.clone().map(|z| weigh(z) * value(z)).sum::<f64>() / nodes.map(weigh).sum::<f64>();
        mean.min(1.0)
    };
    let table: Vec<f64> = std::iter::once(0.0).chain((0..12).map(|t| mean_sq_eps(level(t)))).collect();
    let cost = |path: &[usize]| -> f64 {
        let c = |s: usize, t: usize| -((level(t).log_snr() - level(s).log_snr()).exp_m1());
        path.windows(2).map(|pair| (1.0 - c(pair[0], pair[1]) * table[pair[1] + 1]).ln()).sum()
    };

    for num_steps in 2..=12 {
        let found: Vec<usize> = timesteps(&schedule, &table, num_steps);
        assert_eq!((found[0], found[found.len() - 1], found.len()), (0, 11, num_steps));
        // All subsets of the inner timesteps.
        let best = (0u32..1 << 10).filter(|set| set.count_ones() as usize == num_steps - 2).map(|set| {
            let inner = (0..10).filter(|bit| set >> bit & 1 == 1).map(|bit| bit + 1);
            cost(&std::iter::once(0).chain(inner).chain([11]).collect::<Vec<_>>())
        });
        let best = best.fold(f64::INFINITY, f64::min);
        assert!((cost(&found) - best).abs() < 1e-12, "{num_steps}: {found:?}");
    }
}

#[test]
fn unreliable_measurements_are_spread_evenly() {
    let schedule = Schedule::new(&BetaSchedule::Linear, 100, 1e-4, 0.02);
    let mut table: Vec<f64> = (0..=100).map(|n| f64::from(n) / 101.0).collect();
    table[96] = 1.01;
    // 5 timesteps from the first above one, 5 before: the last 10 are spread evenly.
    let list: Vec<usize> = timesteps(&schedule, &table, 20);
    assert_eq!((list.len(), list[0], list[19]), (20, 0, 99));
    assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
    // ceil((1 - 0.8 * 0.1) * 20) = 19 steps in front, one behind.
    assert_eq!(list[18], 89);

    table[3] = 2.0;
    let list: Vec<usize> = timesteps(&schedule, &table, 5);
    assert_eq!(list, [0, 25, 50, 74, 99], "where no measurement is reliable, evenly");
}

#[test]
fn rounding_is_no_evidence() {
    let schedule = Schedule::new(&BetaSchedule::Linear, 100, 1e-4, 0.02);
    let mut table: Vec<f64> = (0..=100).map(|n| f64::from(n) / 101.0).collect();
    table[1] = 1.0;
    let optimal = timesteps(&schedule, &table, 10);
    assert_ne!(optimal, [0, 11, 22, 33, 44, 55, 66, 77, 88, 99], "the even one");
    for above in [1.0 + 2.0 * f64::EPSILON, 1.0 + 1e-9] {
        table[1] = above;
        assert_eq!(timesteps(&schedule, &table, 10), optimal, "{above}");
    }
    table[1] = 1.0 + 1e-8;
    assert_eq!(timesteps(&schedule, &table, 10), [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]);
}

/// The paths as the plain programme finds them, which keeps every cost: N^2 / 2 of them.
#[test]
fn costs_need_not_be_kept() {
    let cost = |s: usize, r: usize| ((s * 7919 + r * 104_729) % 1013) as f64 - 200.0;
    for last in 1..=24 {
        for edges in 1..=last {
            let mut cheapest = vec![vec![f64::INFINITY; last + 1]; edges + 1];
            let mut before = vec![vec![0; last + 1]; edges + 1];
            cheapest[0][0] = 0.0;
            for k in 1..=edges {
                for r in k..=last {
                    for s in k - 1..r {
                        let total = cheapest[k - 1][s] + cost(s, r);
                        if total < cheapest[k][r] {
                            (cheapest[k][r], before[k][r]) = (total, s);
                        }
                    }
                }
            }
            let mut path = vec![last];
            for k in (1..=edges).rev() {
                path.insert(0, before[k][path[0]]);
            }
            assert_eq!(optimal::cheapest_path(last, edges, cost), path, "{edges} edges to {last}");
        }
    }
}

#[test]
fn long_schedules_are_computed_or_refused_at_once() {
    let schedule = Schedule::new(&BetaSchedule::Linear, 20_000, 1e-6, 2e-3);
    let table: Vec<f64> = (0..=20_000).map(|n| f64::from(n) / 20_001.0).collect();
    for steps in [10, 100, 10_000] {
        let work = optimal::timesteps(&schedule, &table, steps).expect_err("minutes");
        assert!(work > optimal::MOST_WORK);
    }
    assert_eq!(timesteps(&schedule, &table, 20_000).len(), 20_000);
}
