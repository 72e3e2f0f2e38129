// libunwind: the independent referee of our own unwinder.
#pragma once
#include <libunwind.h>
#include <libunwind-ptrace.h>
