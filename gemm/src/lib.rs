//! Matrix products with the same bits on every machine, under the name and the signature of the crate that burn-flex calls.
//!
//! The other crate sums by what it finds: with fused multiply-adds where the processor has them, in blocks by the size of its caches.
//! A training that is seeded then ends in other weights on another machine. Here every element of a product is the sum of its k products
//! in their order, each rounded, in blocks of [`BLOCK`]. Wide vectors change nothing of that: they hold several elements.

mod kernel;
mod number;

use std::any::TypeId;

use half::f16;
use kernel::{Job, Matrix};

/// How many threads may be used. All products are computed by the one that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parallelism {
    /// That one.
    None,
    /// So many, in the other crate.
    Rayon(usize),
}

/// dst = alpha dst + beta lhs rhs, without dst where `read_dst` is false.
///
/// `lhs` is m x k, `rhs` k x n and `dst` m x n. `_rs` is the distance from a row to the next one in numbers, `_cs` that of columns.
/// The numbers are f32, f64, or f16 with sums in f32; they are real, so the `conj_`s ask for nothing.
///
/// # Safety
/// The three pointers must be good for the places that the sizes and distances lead to, and no place of `dst` be one of the others.
///
/// # Panics
/// For numbers of another type.
#[expect(clippy::too_many_arguments, reason = "the other crate's signature")]
pub unsafe fn gemm<T: 'static>(
    m: usize,
    n: usize,
    k: usize,
    dst: *mut T,
    dst_cs: isize,
    dst_rs: isize,
    read_dst: bool,
    lhs: *const T,
    lhs_cs: isize,
    lhs_rs: isize,
    rhs: *const T,
    rhs_cs: isize,
    rhs_rs: isize,
    alpha: T,
    beta: T,
    _conj_dst: bool,
    _conj_lhs: bool,
    _conj_rhs: bool,
    _parallelism: Parallelism,
) {
    macro_rules! multiplied {
        ($number:ty, $multiply:ident) => {
            if TypeId::of::<T>() == TypeId::of::<$number>() {
                let number = |t: &T| unsafe { *std::ptr::from_ref(t).cast::<$number>() };
                let job = Job {
                    sizes: [m, n, k],
                    lhs: Matrix { start: lhs.cast::<$number>(), rows: lhs_rs, columns: lhs_cs },
                    rhs: Matrix { start: rhs.cast::<$number>(), rows: rhs_rs, columns: rhs_cs },
                    dst: dst.cast::<$number>(),
                    dst_rows: dst_rs,
                    dst_columns: dst_cs,
                    alpha: read_dst.then(|| number(&alpha)),
                    beta: number(&beta),
                };
                // SAFETY: T is this type, and the caller vouches for the places.
                return unsafe { $multiply(job) };
            }
        };
    }
    multiplied!(f32, multiply_f32);
    multiplied!(f64, multiply_f64);
    multiplied!(f16, multiply_f16);
    panic!("matrices of {} are not multiplied", std::any::type_name::<T>());
}

/// The kernel of each type of number, compiled with this crate: it is slow where it is compiled for size, as a crate that calls it may be.
macro_rules! compiled_here {
    ($($multiply:ident of $number:ty;)*) => {
        $(#[inline(never)]
        unsafe fn $multiply(job: Job<$number>) {
            // SAFETY: the caller vouches for the places.
            unsafe { kernel::multiply(job) }
        })*
    };
}

compiled_here! {
    multiply_f32 of f32;
    multiply_f64 of f64;
    multiply_f16 of f16;
}

pub use kernel::BLOCK;

#[cfg(test)]
mod tests;
