/// A program that blocks at the end of a chain of every way in which Python code calls Python code
/// by way of C, and prints the frames that it is in.
let nestProgram = #"""
  import functools, json, os, sys, threading, time

  def frames(frame):
      chain = []
      while frame is not None:
          code = frame.f_code
          name = getattr(code, "co_qualname", code.co_name)
          chain.append({"name": name, "file": code.co_filename, "line": frame.f_lineno})
          frame = frame.f_back
      return chain

  def report():
      blocked = {}
      while len(blocked) < 3:
          time.sleep(0.2)
          blocked = {ident: frame for ident, frame in sys._current_frames().items()}
      threads = [
          {"ident": t.ident, "nativeID": t.native_id, "name": t.name,
           "frames": frames(main_frame if t is threading.main_thread() else blocked[t.ident])}
          for t in threading.enumerate() if t.ident in blocked and t.name != "reporter"]
      truth = {"version": list(sys.version_info[:3]), "threads": threads}
      os.write(1, (json.dumps(truth) + "\n").encode())

  main_frame = None
  read_end, write_end = os.pipe()

  def block():
      global main_frame
      main_frame = sys._getframe(); report(); os.read(read_end, 1)

  def recurse(depth, then, a=1, b=2, c=3):
      if depth == 0:
          return then()
      return recurse(depth - 1, then)

  class Dying:
      def __init__(self, then):
          self.then = then
      def __del__(self):
          self.then()

  class Built:
      def __init__(self, then):
          if then is not None:
              then()

  def build(then):
      return Built(then)

  for _ in range(2000):
      build(None)

  def dying():
      Dying(by_generator)

  def by_generator():
      def numbers():
          yield 1
          by_sort()
          yield 2
      return list(numbers())

  def delegating():
      yield from (recurse(200, block) for _ in range(1))

  def by_sort():
      return sorted([1], key=lambda _: by_reduce())

  def by_reduce():
      return functools.reduce(lambda a, b: naïve(), [1, 2])

  def naïve():
      return 測試()

  def 測試():
      return eval("𠀀()")

  def 𠀀():
      return [build(lambda: [x for x in delegating()]) for _ in range(1)]

  class Worker(threading.Thread):
      def run(self):
          recurse(30, lambda: os.read(read_end, 1))

  Worker(name="wörker 1", daemon=True).start()
  Worker(name="worker-2", daemon=True).start()
  dying()
  """#
