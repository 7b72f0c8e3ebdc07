//! Which training timesteps a run visits: diffusers' lists, those of DDIM and Analytic-DPM, digit for digit, or one given
//! by hand.

use super::time::Timestep;

/// How the timesteps are chosen; the names are those of diffusers' `timestep_spacing`.
#[derive(Debug, Clone, PartialEq)]
pub enum Trajectory {
    /// Every `T / K`-th timestep from `steps_offset` up: ends next to the data, begins below `T - 1`. diffusers' default.
    Leading,
    /// Every `T / K`-th timestep from `T - 1` down: begins in pure noise.
    Trailing,
    /// Evenly from 0 to `T - 1`, both included.
    Linspace,
    /// Evenly from 0 to `T - 1` as Analytic-DPM's even trajectory rounds it. At least 2 steps.
    Even,
    /// DDIM's quadratic list: squares of an even list, up to `0.8 T`. Small ones fall together, and are listed once, so
    /// the list can be shorter than asked for.
    Quadratic,
    /// Given one by one, descending.
    Given(Vec<Timestep>),
}

impl Trajectory {
    /// The timesteps of a run, descending: `num_steps` of the `num_train_timesteps`, both at least 1.
    ///
    /// [`Given`](Self::Given) lists are returned as they are. With `Leading` the first timesteps can lie past
    /// `num_train_timesteps` where `steps_offset` pushes them there: the caller checks.
    pub fn timesteps(&self, num_steps: usize, num_train_timesteps: usize, steps_offset: usize) -> Vec<Timestep> {
        match self {
            Self::Leading => leading(num_steps, num_train_timesteps, steps_offset),
            Self::Trailing => trailing(num_steps, num_train_timesteps),
            Self::Linspace => linspace(num_steps, num_train_timesteps),
            Self::Even => even(num_steps, num_train_timesteps),
            Self::Quadratic => quadratic(num_steps, num_train_timesteps),
            Self::Given(timesteps) => timesteps.clone(),
        }
    }
}

fn leading(num_steps: usize, num_train_timesteps: usize, steps_offset: usize) -> Vec<Timestep> {
    let stride = num_train_timesteps / num_steps;
    (0..num_steps).rev().map(|i| Timestep(i * stride + steps_offset)).collect()
}

/// `round(arange(T, 0, -T / K)) - 1`: numpy multiplies the index with the difference of the first two elements.
fn trailing(num_steps: usize, num_train_timesteps: usize) -> Vec<Timestep> {
    let start = num_train_timesteps as f64;
    let stride = start / num_steps as f64;
    let gap = (start - stride) - start;
    let count = (start / stride).ceil() as usize;

    let ends = (0..count).map(|i| (start + i as f64 * gap).round_ties_even());
    // Where rounding makes numpy list one element too many, that element is the data itself: no step begins there.
    ends.filter(|end| *end >= 1.0).map(|end| Timestep(end as usize - 1)).collect()
}

/// `round(linspace(0, T - 1, K))`, backwards.
fn linspace(num_steps: usize, num_train_timesteps: usize) -> Vec<Timestep> {
    let last = (num_train_timesteps - 1) as f64;
    let stride = last / (num_steps.max(2) - 1) as f64;

    let evenly = (0..num_steps).map(|i| if i > 0 && i + 1 == num_steps { last } else { i as f64 * stride });
    let mut timesteps: Vec<Timestep> = evenly.map(|t| Timestep(t.round_ties_even() as usize)).collect();
    timesteps.reverse();
    timesteps
}

/// `round(1 + k * (N - 1) / (K - 1))`, summed up in floating point as Analytic-DPM's code does, rounded half to even as
/// Python does.
fn even(num_steps: usize, num_train_timesteps: usize) -> Vec<Timestep> {
    let stride = (num_train_timesteps - 1) as f64 / (num_steps.max(2) - 1) as f64;
    let nodes = std::iter::successors(Some(1.0), |node| Some(node + stride)).take(num_steps);
    let mut timesteps: Vec<Timestep> = nodes.map(|node: f64| Timestep(node.round_ties_even() as usize - 1)).collect();
    timesteps.reverse();
    timesteps
}

/// `int(linspace(0, sqrt(0.8 T), K)^2)`.
fn quadratic(num_steps: usize, num_train_timesteps: usize) -> Vec<Timestep> {
    let root = (num_train_timesteps as f64 * 0.8).sqrt();
    let stride = root / (num_steps.max(2) - 1) as f64;
    let roots = (0..num_steps).map(|i| if i > 0 && i + 1 == num_steps { root } else { i as f64 * stride });
    let mut timesteps: Vec<Timestep> = roots.map(|root| Timestep((root * root) as usize)).collect();
    timesteps.dedup();
    timesteps.reverse();
    timesteps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(trajectory: &Trajectory, num_steps: usize) -> Vec<usize> {
        trajectory.timesteps(num_steps, 1000, 0).iter().map(|t| t.0).collect()
    }

    #[test]
    fn ten_of_a_thousand_as_diffusers_documents_them() {
        assert_eq!(numbers(&Trajectory::Leading, 10), [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
        assert_eq!(numbers(&Trajectory::Trailing, 10), [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]);
        assert_eq!(numbers(&Trajectory::Linspace, 10), [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]);
    }

    #[test]
    fn every_list_descends_within_the_schedule() {
        for trajectory in [Trajectory::Leading, Trajectory::Trailing, Trajectory::Linspace, Trajectory::Even] {
            let fewest = if trajectory == Trajectory::Even { 2 } else { 1 };
            for num_steps in fewest..=1000 {
                let list = numbers(&trajectory, num_steps);
                assert_eq!(list.len(), num_steps, "{trajectory:?} {num_steps}");
                assert!(list.windows(2).all(|pair| pair[0] > pair[1]), "{trajectory:?} {num_steps}: {list:?}");
                assert!(list.iter().all(|t| *t < 1000));
            }
        }
    }

    #[test]
    fn even_and_quadratic_as_their_papers_code_prints_them() {
        let nodes = |trajectory: &Trajectory, steps: usize| -> Vec<usize> {
            numbers(trajectory, steps).iter().rev().map(|t| t + 1).collect()
        };
        assert_eq!(nodes(&Trajectory::Even, 10), [1, 112, 223, 334, 445, 556, 667, 778, 889, 1000]);
        assert_eq!(nodes(&Trajectory::Even, 25)[..6], [1, 43, 84, 126, 168, 209]);
        assert_eq!(nodes(&Trajectory::Even, 50)[..5], [1, 21, 42, 62, 83]);

        assert_eq!(numbers(&Trajectory::Quadratic, 10), [800, 632, 483, 355, 246, 158, 88, 39, 9, 0]);
        assert_eq!(numbers(&Trajectory::Quadratic, 100).len(), 96);
        assert_eq!(numbers(&Trajectory::Quadratic, 50).len(), 49);
    }

    #[test]
    fn steps_offset_moves_leading_only() {
        assert_eq!(Trajectory::Leading.timesteps(2, 1000, 1), [Timestep(501), Timestep(1)]);
        assert_eq!(Trajectory::Trailing.timesteps(2, 1000, 1), Trajectory::Trailing.timesteps(2, 1000, 0));
    }
}
