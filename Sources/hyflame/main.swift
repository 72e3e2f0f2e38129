import Glibc
import LinuxIO

exit(Program.run(ProgramArguments.words))
