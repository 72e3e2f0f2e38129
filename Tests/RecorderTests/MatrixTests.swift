import Testing

/// What must hold on every version of CPython, tested on every interpreter that this machine has:
/// `make test-matrix`.
extension RealProcessTests {
  @Suite(.serialized) enum MatrixTests {}
}
