//! The Fréchet distance between Gaussians that are fitted to two sets of features (Heusel et al. 2017, eq. 6; FID where they are Inception's).

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Mean and covariance of features.
pub struct Gaussian {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Gaussian {
    /// Fits it to vectors of equal length, at least two.
    pub fn fitted(vectors: &[Vec<f64>]) -> Self {
        let (count, length) = (vectors.len(), vectors[0].len());
        let x = DMatrix::from_fn(count, length, |row, column| vectors[row][column]);
        let mean = x.row_mean().transpose();
        let centred = DMatrix::from_fn(count, length, |row, column| x[(row, column)] - mean[column]);
        let covariance = centred.tr_mul(&centred) / (count as f64 - 1.0);
        Self { mean, covariance }
    }

    /// `|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2))`.
    pub fn distance(&self, other: &Self) -> f64 {
        let root = root(&self.covariance);
        // C C' and C^(1/2) C' C^(1/2), which is symmetric, have the same eigenvalues.
        let product = &root * &other.covariance * &root;
        let values = SymmetricEigen::new((&product + product.transpose()) / 2.0).eigenvalues;
        let shared: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
        (&self.mean - &other.mean).norm_squared() + self.covariance.trace() + other.covariance.trace() - 2.0 * shared
    }
}

/// The symmetric square root of a covariance.
fn root(covariance: &DMatrix<f64>) -> DMatrix<f64> {
    let SymmetricEigen { eigenvalues, eigenvectors } = SymmetricEigen::new(covariance.clone());
    let roots = DMatrix::from_diagonal(&eigenvalues.map(|value| value.max(0.0).sqrt()));
    &eigenvectors * roots * eigenvectors.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(mean: [f64; 2], covariance: [f64; 4]) -> Gaussian {
        Gaussian { mean: DVector::from_row_slice(&mean), covariance: DMatrix::from_row_slice(2, 2, &covariance) }
    }

    #[test]
    fn the_distance_is_that_of_the_closed_form() {
        // For a single dimension it is (m - m')^2 + (s - s')^2, and dimensions that are independent add up.
        let (a, b) = (gaussian([0.0, 1.0], [4.0, 0.0, 0.0, 9.0]), gaussian([3.0, -1.0], [1.0, 0.0, 0.0, 0.25]));
        assert!((a.distance(&b) - (9.0 + 1.0 + 4.0 + 6.25)).abs() < 1e-12);
        // A turn of both changes nothing: covariances that do not commute with the axes.
        let (cos, sin) = (0.3_f64.cos(), 0.3_f64.sin());
        let turn = DMatrix::from_row_slice(2, 2, &[cos, -sin, sin, cos]);
        let turned =
            |g: &Gaussian| Gaussian { mean: &turn * &g.mean, covariance: &turn * &g.covariance * turn.transpose() };
        assert!((turned(&a).distance(&turned(&b)) - a.distance(&b)).abs() < 1e-12);
        assert!(turned(&a).distance(&turned(&a)).abs() < 1e-12);
    }

    #[test]
    fn mean_and_covariance_are_those_of_the_vectors() {
        let fitted = Gaussian::fitted(&[vec![1.0, 0.0], vec![3.0, 4.0]]);
        assert_eq!(fitted.mean.as_slice(), [2.0, 2.0]);
        assert_eq!(fitted.covariance.as_slice(), [2.0, 4.0, 4.0, 8.0]);
    }
}
