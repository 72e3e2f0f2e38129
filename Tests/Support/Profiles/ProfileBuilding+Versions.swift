public import ProfileModel
import SampleTypes

extension ProfileBuilding {
  /// A program before and after a change: `parse` takes half the time, `deflate` was replaced by
  /// `zstd_compress`, `Model.fit` grew from 2.0 to 2.6 s, and `log` changed by as much as chance
  /// does. The second recording is shorter.
  public static var versions: (before: Profile, after: Profile) {
    (
      version(parse: 300, deflate: 120, zstd: 0, fit: 200, log: 40),
      version(parse: 150, deflate: 0, zstd: 50, fit: 260, log: 46)
    )
  }

  private static func version(
    parse: Int, deflate: Int, zstd: Int, fit: Int, log: Int
  ) -> Profile {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 4242)
    // Lines move between versions.
    let shift = zstd > 0 ? 7 : 0
    let main = "<module> (train.py:30@1); main (train.py:\(21 + shift)@\(18 + shift)); "
    build.sample(thread, main + "load (train.py:9@6); parse [parsers.so]", .held, count: parse)
    build.sample(thread, main + "save (io.py:5@2); deflate [libz.so.1]", .released, count: deflate)
    build.sample(
      thread, main + "save (io.py:5@2); zstd_compress [libzstd.so.1]", .released, count: zstd)
    build.sample(thread, main + "Model.fit (model.py:12@9)", .held, count: fit)
    build.sample(thread, main + "log (train.py:50@48); write [libc.so.6]", .held, count: log)
    build.profile.target.pid = 4242
    build.profile.target.command = "python3 train.py"
    return build.profile
  }
}
