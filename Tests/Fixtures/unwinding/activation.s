# A call chain whose frames have exactly known sizes: bottom -> outer -> eval -> whatever rdi is.
  .text
  .globl bottom, bottom_return, outer, outer_return, eval, eval_return, bare, bare_end
  .type bottom, @function
bottom:
  .cfi_startproc
  .cfi_undefined rip
  call outer
bottom_return:
  hlt
  .cfi_endproc
  .size bottom, . - bottom

  .type outer, @function
outer:
  .cfi_startproc
  sub $24, %rsp
  .cfi_def_cfa_offset 32
  call eval
outer_return:
  add $24, %rsp
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size outer, . - outer

  .type eval, @function
eval:
  .cfi_startproc
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  push %rbx
  .cfi_def_cfa_offset 24
  .cfi_offset rbx, -24
  sub $72, %rsp
  .cfi_def_cfa_offset 96
  call *%rdi
eval_return:
  add $72, %rsp
  .cfi_def_cfa_offset 24
  pop %rbx
  .cfi_def_cfa_offset 16
  pop %rbp
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size eval, . - eval

# Code without call frame information.
  .type bare, @function
bare:
  push %rbp
  mov %rsp, %rbp
  nop
  pop %rbp
  ret
bare_end:
  .size bare, . - bare
  .section .note.GNU-stack, "", @progbits
