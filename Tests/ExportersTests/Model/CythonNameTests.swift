import Testing

@testable import Exporters

/// Symbols of scikit-learn, NumPy and SciPy, and what Cython made them of.
struct CythonNameTests {
  @Test(arguments: [
    (
      "__pyx_f_7sklearn_4tree_12_partitioner_16DensePartitioner_sort_samples_and_feature_values",
      "sklearn.tree._partitioner.DensePartitioner.sort_samples_and_feature_values"
    ),
    ("__pyx_f_7sklearn_4tree_5_tree_4Tree__apply_dense", "sklearn.tree._tree.Tree._apply_dense"),
    ("__pyx_f_5numpy_6random_8_mt19937_mt19937_uint32", "numpy.random._mt19937.mt19937_uint32"),
    (
      "__pyx_f_5numpy_6random_17_bounded_integers__rand_int64",
      "numpy.random._bounded_integers._rand_int64"
    ),
    (
      "__pyx_fuse_0__pyx_f_7sklearn_5utils_8_sorting_introsort_3way",
      "sklearn.utils._sorting.introsort_3way[fused 0]"
    ),
    (
      "__pyx_fuse_1_0__pyx_f_7sklearn_4tree_6_utils_safe_realloc",
      "sklearn.tree._utils.safe_realloc[fused 1_0]"
    ),
    (
      "__pyx_pw_7sklearn_4tree_5_tree_21DepthFirstTreeBuilder_3build",
      "sklearn.tree._tree.DepthFirstTreeBuilder.build[entry]"
    ),
    (
      "__pyx_pw_5numpy_6random_6mtrand_11RandomState_31randint",
      "numpy.random.mtrand.RandomState.randint[entry]"
    ),
    // The number of `__init__` is also the length of its first `_`.
    (
      "__pyx_pw_7sklearn_4tree_12_partitioner_16DensePartitioner_1__init__",
      "sklearn.tree._partitioner.DensePartitioner.__init__[entry]"
    ),
    // … and 5 that of `check`.
    (
      "__pyx_pw_5scipy_4_lib_12_ccallback_c_5check_capsule",
      "scipy._lib._ccallback_c.check_capsule[entry]"
    ),
    ("__pyx_pw_7_cytest_3filter1d_capsule", "_cytest.filter1d_capsule[entry]"),
    (
      "__pyx_fuse_10__pyx_pw_9_ni_label_31get_read_line",
      "_ni_label.get_read_line[fused 10][entry]"
    ),
    (
      "__pyx_pw_5scipy_5stats_6_sobol_33__pyx_fuse_1_initialize_v",
      "scipy.stats._sobol._initialize_v[fused 1][entry]"
    ),
    (
      "__pyx_pf_5numpy_6random_6mtrand_11RandomState_106shuffle",
      "numpy.random.mtrand.RandomState.shuffle"
    ),
    ("__pyx_pf_10_moduleTNC_tnc_minimize", "_moduleTNC.tnc_minimize"),
  ])
  func decodes(symbol: String, text: String) {
    #expect(CythonName(symbol)?.text == text)
  }

  @Test(arguments: [
    "", "deflate", "__pyx_", "__pyx_f_", "__pyx_f_predict", "__pyx_f_7sklearn_", "__pyx_f_7sklearn",
    // No such length, or one that does not fit.
    "__pyx_f_0_predict", "__pyx_f_07sklearn_predict", "__pyx_f_8sklearn_predict",
    "__pyx_f_6sklearn_predict", "__pyx_f_99999999999999999999_predict",
    // A `cdef` function has no number.
    "__pyx_f_7sklearn_4tree_3build",
    // `tree.foo` of sklearn, or function 4 of it, `tree_foo`.
    "__pyx_pf_7sklearn_4tree_foo",
    // Instance 0 of `_0eval`, or instance 0_0 of `eval`.
    "__pyx_pw_5scipy_14cython_special_693__pyx_fuse_0_0eval",
    // Lengths are those of the names with dots, which are written out.
    "__pyx_pw_15View_dot_MemoryView_1__pyx_unpickle_Enum",
    "__pyx_pw___pyx_memoryview_1__reduce_cython__", "__pyx_pymod_exec__tree",
    "__pyx_tp_new_7sklearn_4tree_5_tree_Tree", "__pyx_gb_5numpy_3_me_2generator",
    "__pyx_f_7sklearn_4tree_pr\u{E9}dict", "__pyx_f_7sklearn_a b", "__pyx_fuse_0",
    "__pyx_fuse___pyx_f_7sklearn_a", "__pyx_fuse_0__pyx_f_7sklearn___pyx_fuse_1a",
  ])
  func leavesWhatIsNotSure(symbol: String) {
    #expect(CythonName(symbol) == nil)
  }

  @Test func scopesOfAnyNumberAreRead() {
    let symbol = "__pyx_f_" + String(repeating: "1a_", count: 10_000) + "f"
    #expect(CythonName(symbol)?.qualifiedName.utf8.count == 20_001)
  }
}
