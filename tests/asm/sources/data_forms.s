@ Less usual data: long numbers, wide strings, LEB128 of distances, relocations by name.
begin:
    .octa 1, 0x0123456789abcdef0123456789abcdef, -1, 340282366920938463463374607431768211455
    .string8 "x"
    .string16 "ab", "\377"
    .string32 "ab"
    .string64 "c"
    .dc 5
    .dc.a 4
    .dc.s 1.5
    .dc.d 2.5
    .float16 1.0, 0.1
    .ds.s 1
    .ds.d 2
    .ds.p 1
    .ds.x 1
    .dcb 2, 3
    .uleb128 end - begin, small - begin, 5
    .sleb128 begin - end, end - small
    .sleb128 -129
small:
    .space 130
end:
    .balign 4
    .word ext(target1), ext(TARGET2), ext(target1) + 4, ext(sbrel), begin(target1)
    .version "01.01"
    .ident "one"
    .section .init_array, "aw", %init_array
    .word begin
    .section .fini_array, "aw", %fini_array
    .word begin
    .section .retained, "aR", %progbits
    .word 1
    .section .excluded, "e"
    .word 2
    .section .numbered, "a", %0x1
    .word 3
