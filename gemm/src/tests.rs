use super::{BLOCK, Parallelism, gemm};
use half::f16;

/// Numbers that look random.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Distances from row to row and from column to column: row by row, or column by column, with a gap.
fn distances(rows: usize, columns: usize, by_rows: bool) -> [isize; 2] {
    if by_rows { [columns as isize + 1, 1] } else { [1, rows as isize + 2] }
}

const SIZES: [[usize; 3]; 7] =
    [[1, 1, 1], [4, 8, 16], [5, 9, 3], [7, 1, 300], [1, 17, BLOCK], [13, 530, 2 * BLOCK + 1], [3, 5, 0]];

#[test]
fn every_element_is_the_sum_of_its_products_in_their_order() {
    for (case, [m, n, k]) in SIZES.into_iter().enumerate() {
        for form in 0..16 {
            let [lhs_by_rows, rhs_by_rows, dst_by_rows, read] = [1, 2, 4, 8].map(|bit| form & bit > 0);
            let ([lr, lc], [rr, rc]) = (distances(m, k, lhs_by_rows), distances(k, n, rhs_by_rows));
            let [dr, dc] = distances(m, n, dst_by_rows);
            let seed = 16 * case as u32 + form;
            let (lhs, rhs) = (numbers((m + 2) * (k + 2), seed), numbers((k + 2) * (n + 2), seed + 1));
            let before = numbers((m + 2) * (n + 2), seed + 2);
            let mut found = before.clone();
            let at = |row: usize, column: usize, [rows, columns]: [isize; 2]| {
                row * rows as usize + column * columns as usize
            };
            // SAFETY: the lists have a row and a column more than the matrices, and their gaps.
            unsafe {
                let none = Parallelism::None;
                let (lhs, rhs) = (lhs.as_ptr(), rhs.as_ptr());
                let dst = found.as_mut_ptr();
                gemm(m, n, k, dst, dc, dr, read, lhs, lc, lr, rhs, rc, rr, 0.5, 2.0, false, false, false, none);
            }
            let mut expected = before.clone();
            for (row, column) in (0..m).flat_map(|row| (0..n).map(move |column| (row, column))) {
                let place = at(row, column, [dr, dc]);
                let mut all = if read { 0.5 * before[place] } else { 0.0 };
                for (block, depths) in (0..k).collect::<Vec<_>>().chunks(BLOCK).enumerate() {
                    let product = |&depth: &usize| lhs[at(row, depth, [lr, lc])] * rhs[at(depth, column, [rr, rc])];
                    let sum = depths.iter().map(product).fold(0.0, |sum: f32, product| sum + product);
                    all = if block == 0 && !read { 2.0 * sum } else { all + 2.0 * sum };
                }
                expected[place] = all;
            }
            let bits = |list: &[f32]| list.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{m} x {n} x {k}, form {form}");
        }
    }
}

#[test]
fn other_numbers_are_multiplied_too() {
    let products = |sum: &mut [f64; 2], halves: &mut [f16; 2]| unsafe {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0]);
        let none = Parallelism::None;
        gemm(
            2,
            1,
            2,
            sum.as_mut_ptr(),
            1,
            1,
            false,
            a.as_ptr(),
            1,
            2,
            b.as_ptr(),
            1,
            1,
            0.0,
            1.0,
            false,
            false,
            false,
            none,
        );
        let (a, b) = (a.map(f16::from_f64), b.map(f16::from_f64));
        let (zero, one) = (f16::ZERO, f16::ONE);
        gemm(
            2,
            1,
            2,
            halves.as_mut_ptr(),
            1,
            1,
            false,
            a.as_ptr(),
            1,
            2,
            b.as_ptr(),
            1,
            1,
            zero,
            one,
            false,
            false,
            false,
            none,
        );
    };
    let (mut sum, mut halves) = ([0.0; 2], [f16::ZERO; 2]);
    products(&mut sum, &mut halves);
    assert_eq!(sum, [17.0, 39.0]);
    assert_eq!(halves.map(f16::to_f64), sum);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn wide_vectors_have_the_same_bits() {
    use crate::kernel::{Job, Matrix, multiply_avx2, multiply_plain};
    if !std::arch::is_x86_feature_detected!("avx2") {
        return;
    }
    let [m, n, k] = [19, 37, 700];
    let (lhs, rhs) = (numbers(m * k, 1), numbers(k * n, 2));
    let mut found = [vec![0.0; m * n], vec![0.0; m * n]];
    let [plain, wide] = &mut found;
    for (dst, is_wide) in [(plain, false), (wide, true)] {
        let job = Job {
            sizes: [m, n, k],
            lhs: Matrix { start: lhs.as_ptr(), rows: k as isize, columns: 1 },
            rhs: Matrix { start: rhs.as_ptr(), rows: n as isize, columns: 1 },
            dst: dst.as_mut_ptr(),
            dst_rows: n as isize,
            dst_columns: 1,
            alpha: None,
            beta: 1.0,
        };
        // SAFETY: the lists are the matrices, row by row.
        unsafe { if is_wide { multiply_avx2(&job) } else { multiply_plain(&job) } };
    }
    assert_eq!(found[0], found[1]);
}
