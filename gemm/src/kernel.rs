//! The product in tiles that fit the registers. The left matrix is copied into the order in which a tile reads it; the right one is read
//! where it is.

use super::number::Number;

/// Products that are summed before the next block of them begins: what a tile reads stays in a cache.
pub const BLOCK: usize = 256;

/// Rows and columns of a tile: 8 vectors of sums, of the 16 that WebAssembly's engines and SSE have.
const ROWS: usize = 8;
const COLUMNS: usize = 4;

/// A matrix that is read: where it begins, and how far it is to the next row and the next column.
pub struct Matrix<N> {
    pub start: *const N,
    pub rows: isize,
    pub columns: isize,
}

impl<N: Number> Matrix<N> {
    /// # Safety
    /// The row and the column are of the matrix.
    #[inline(always)]
    unsafe fn place(&self, row: usize, column: usize) -> *const N {
        unsafe { self.start.offset(row as isize * self.rows + column as isize * self.columns) }
    }
}

/// dst = alpha dst + beta lhs rhs.
pub struct Job<N> {
    /// Rows of dst, its columns, and what is summed over.
    pub sizes: [usize; 3],
    pub lhs: Matrix<N>,
    pub rhs: Matrix<N>,
    pub dst: *mut N,
    pub dst_rows: isize,
    pub dst_columns: isize,
    /// None where dst is not read.
    pub alpha: Option<N>,
    pub beta: N,
}

impl<N> Job<N> {
    /// The same product with all matrices transposed, where that fills the tiles' rows better. It changes no sum.
    fn turned(self) -> Self {
        let [m, n, k] = self.sizes;
        if m >= ROWS || m >= n {
            return self;
        }
        let turn = |Matrix { start, rows, columns }| Matrix { start, rows: columns, columns: rows };
        let Self { lhs, rhs, dst, dst_rows, dst_columns, alpha, beta, .. } = self;
        Self {
            sizes: [n, m, k],
            lhs: turn(rhs),
            rhs: turn(lhs),
            dst,
            dst_rows: dst_columns,
            dst_columns: dst_rows,
            alpha,
            beta,
        }
    }
}

/// # Safety
/// As for [`gemm`](super::gemm).
pub unsafe fn multiply<N: Number>(job: Job<N>) {
    let job = &job.turned();
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return unsafe { multiply_avx2(job) };
    }
    unsafe { multiply_plain(job) }
}

/// The same with eight numbers to a vector. Without fused multiply-adds, so that the bits are the same.
///
/// # Safety
/// As for [`gemm`](super::gemm), on a processor with AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub unsafe fn multiply_avx2<N: Number>(job: &Job<N>) {
    unsafe { multiply_plain(job) }
}

/// # Safety
/// As for [`gemm`](super::gemm).
#[inline(always)]
pub unsafe fn multiply_plain<N: Number>(job: &Job<N>) {
    let [m, n, k] = job.sizes;
    if k == 0 {
        return unsafe { scale(job) };
    }
    let mut left = vec![N::Sum::default(); m.next_multiple_of(ROWS) * k.min(BLOCK)];
    for depth in (0..k).step_by(BLOCK) {
        let block = (k - depth).min(BLOCK);
        let left = &mut left[..m.next_multiple_of(ROWS) * block];
        unsafe { copy(&job.lhs, m, [depth, block], left) };
        for column in (0..n).step_by(COLUMNS) {
            let columns = (n - column).min(COLUMNS);
            // A tile at the edge sums its last column again, and does not store it.
            let right = [0, 1, 2, 3].map(|i| unsafe { job.rhs.place(depth, column + i.min(columns - 1)) });
            for (tile, left) in left.chunks_exact(ROWS * block).enumerate() {
                let sums = unsafe { summed(left, right, job.rhs.rows) };
                let rows = (m - tile * ROWS).min(ROWS);
                unsafe { store(job, [tile * ROWS, column], [rows, columns], &sums, depth == 0) };
            }
        }
    }
}

/// One tile of one block: every element is summed by itself, in order.
///
/// # Safety
/// Each of the columns of the right matrix has `left.len() / ROWS` numbers, `step` apart.
#[inline(always)]
unsafe fn summed<N: Number>(left: &[N::Sum], mut right: [*const N; COLUMNS], step: isize) -> [[N::Sum; ROWS]; COLUMNS] {
    let mut sums = [[N::Sum::default(); ROWS]; COLUMNS];
    for left in left.chunks_exact(ROWS) {
        for (sums, right) in sums.iter_mut().zip(&mut right) {
            let number = unsafe { **right }.up();
            for (sum, left) in sums.iter_mut().zip(left) {
                *sum = *sum + *left * number;
            }
            *right = right.wrapping_offset(step);
        }
    }
    sums
}

/// The left matrix in tiles, each column by column. Rows that the last tile lacks stay 0.
///
/// # Safety
/// `block` columns from the first one on, of `rows` rows, are of the matrix.
#[inline(always)]
unsafe fn copy<N: Number>(from: &Matrix<N>, rows: usize, [column, block]: [usize; 2], into: &mut [N::Sum]) {
    for (tile, into) in into.chunks_exact_mut(ROWS * block).enumerate() {
        for row in 0..(rows - tile * ROWS).min(ROWS) {
            let mut place = unsafe { from.place(tile * ROWS + row, column) };
            for into in into[row..].iter_mut().step_by(ROWS) {
                *into = unsafe { *place }.up();
                place = place.wrapping_offset(from.columns);
            }
        }
    }
}

/// Adds a tile's sums to what is there, which the first block may replace.
///
/// # Safety
/// The places are of dst.
#[inline(always)]
unsafe fn store<N: Number>(
    job: &Job<N>,
    [row, column]: [usize; 2],
    [rows, columns]: [usize; 2],
    sums: &[[N::Sum; ROWS]; COLUMNS],
    is_first: bool,
) {
    let beta = job.beta.up();
    for (j, sums) in sums.iter().enumerate().take(columns) {
        for (i, sum) in sums.iter().enumerate().take(rows) {
            let place = unsafe { place(job, row + i, column + j) };
            let before = || unsafe { *place }.up();
            let added = beta * *sum;
            let all = match (is_first, job.alpha) {
                (true, None) => added,
                (true, Some(alpha)) => alpha.up() * before() + added,
                (false, _) => before() + added,
            };
            unsafe { *place = N::down(all) };
        }
    }
}

/// A product over nothing: what is there, scaled.
///
/// # Safety
/// As for [`gemm`](super::gemm).
unsafe fn scale<N: Number>(job: &Job<N>) {
    let [m, n, _] = job.sizes;
    for (row, column) in (0..m).flat_map(|row| (0..n).map(move |column| (row, column))) {
        let place = unsafe { place(job, row, column) };
        let scaled = job.alpha.map_or(N::Sum::default(), |alpha| alpha.up() * unsafe { *place }.up());
        unsafe { *place = N::down(scaled) };
    }
}

/// # Safety
/// The row and the column are of dst.
#[inline(always)]
unsafe fn place<N>(job: &Job<N>, row: usize, column: usize) -> *mut N {
    unsafe { job.dst.offset(row as isize * job.dst_rows + column as isize * job.dst_columns) }
}
