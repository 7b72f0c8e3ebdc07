//! The weights w(SNR) of `vdm_weighted` (Kingma et al. 2021, eq. 19; Min-SNR: Hang et al. 2023, section 3.4).

use crate::math::level::{NoiseLevel, snr_ratio};
use crate::options::Weighting;

/// w at a log SNR.
pub fn weight_at(weighting: &Weighting, log_snr: f64) -> f64 {
    match weighting {
        Weighting::Uniform => 1.0,
        Weighting::Snr => libm::exp(log_snr),
        Weighting::MinSnr { gamma } => {
            snr_ratio(NoiseLevel::from_log_snr(libm::log(*gamma).min(log_snr)), NoiseLevel::from_log_snr(log_snr))
        }
        Weighting::Points(points) => between(points, log_snr),
    }
}

/// Linear between points, constant outside.
fn between(points: &[(f64, f64)], at: f64) -> f64 {
    let after = points.partition_point(|(log_snr, _)| *log_snr <= at);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after).copied()) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (at - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some((_, y))) => y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weightings_are_what_they_say() {
        let at = |weighting: Weighting, log_snr| weight_at(&weighting, log_snr);
        assert_eq!(at(Weighting::Uniform, 3.0), 1.0);
        assert!((at(Weighting::Snr, 2.0) - 2f64.exp()).abs() < 1e-12);
        assert!((at(Weighting::MinSnr { gamma: 5.0 }, 3.0) - 5.0 / 3f64.exp()).abs() < 1e-12);
        assert_eq!(at(Weighting::MinSnr { gamma: 5.0 }, 1.0), 1.0);
        let points = Weighting::Points(vec![(-2.0, 1.0), (2.0, 3.0)]);
        assert_eq!([-9.0, 0.0, 2.0, 9.0].map(|log_snr| at(points.clone(), log_snr)), [1.0, 2.0, 3.0, 3.0]);
    }
}
