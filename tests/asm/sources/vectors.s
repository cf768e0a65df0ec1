@ VFP and Advanced SIMD: aliases, names from before UAL, immediates, literals.
    .syntax unified
    .arm
    fmxr fpexc, r0
    fmrx r0, fpscr
    fmrx r1, fpexc
    fmstat
    fldmias r0!, {s0-s3}
    fldmiad r0!, {d0-d3}
    fstmiad r0!, {d0-d3}
    fldmiax r0!, {d0-d3}
    fstmiax r0!, {d0-d3}
    fstmdbd r13!, {d8-d15}
    flds s0,[r0]
    fldd d0,[r0,#8]
    fsts s0,[r0]
    fstd d0,[r0,#8]
    fadds s0,s1,s2
    faddd d0,d1,d2
    fsubd d0,d1,d2
    fmuld d0,d1,d2
    fdivd d0,d1,d2
    fcmpes s0,s1
    fcmpzs s0
    fcmpezd d0
    fmsr s0,r0
    fmrs r0,s0
    fmdrr d0,r0,r1
    fmrrd r0,r1,d0
    fcpys s0,s1
    fcpyd d0,d1
    fabsd d0,d1
    fnegs s0,s1
    fsqrtd d0,d1
    fcvtds d0,s1
    fcvtsd s0,d1
    fsitos s0,s1
    fsitod d0,s1
    fuitos s0,s1
    fuitod d0,s1
    ftosis s0,s1
    ftosizs s0,s1
    ftosid s0,d1
    ftosizd s0,d1
    ftouis s0,s1
    ftouizd s0,d1
    fmacs s0,s1,s2
    fnmacs s0,s1,s2
    fmscs s0,s1,s2
    fnmscd d0,d1,d2
    fnmuls s0,s1,s2
    fmxrne fpexc, r0
    fmdlr d0, r0
    fmdhr d0, r0
    fmrdl r0, d0
    fmrdh r0, d0
    mrc p10, 7, r0, cr8, cr0, 0
    mcr p10, 7, r0, cr8, cr0, 0
    mrc p10, 7, r1, c1, c0, 0
    mcr p10, 7, r1, c1, c0, 0
    mrc p10, 7, r0, cr0, cr0, 0
    mrc p10, 7, r0, cr7, cr0, 0
    ldc p11, cr0, [r0], #33*4
    stc p11, cr0, [r0], #33*4
    ldcl p11, cr0, [r0], #32*4
    stcl p11, cr0, [r0], #32*4
    mcr p11, 0, r0, c0, c0, 0
    mrc p11, 0, r0, c0, c0, 0
    mcrr p11, 1, r0, r1, c0
    cdp p10, 0, c0, c0, c0, 0
    vmrs r0, fpscr
    vmrs APSR_nzcv, fpscr
    vmrs r0, FPEXC
    vmsr FPEXC, r0
    vmsr fpscr, r0
    vmrs r0, mvfr0
    vmrs r0, MVFR1
    vmrs r0, fpsid
    vmsr fpinst, r0
    vmrs r0, fpinst2
    vstmia r0!, {d0-d15}
    vstmia r0!, {d16-d31}
    vldmia r0, {s0-s31}
    vpush {d8-d15}
    vpop {s16-s31}
    vmov r0, r1, d0
    vmov d0, r0, r1
    vmov s0, r0
    vmov.32 d0[1], r0
    vdup.32 q0, r0
    vmov.f32 s0, #1.0
    vmov.f64 d0, #-0.5
    vmov.i32 q0, #0
    veor q0, q0, q0
    vld1.8 {d0-d3}, [r0]!
    vst1.32 {q0}, [r1:128]!
    vld1.64 {d0}, [r0], r2
    vld4.8 {d0,d2,d4,d6}, [r0]
    vld1.32 {d0[]}, [r0]
    vst1.8 {d0[3]}, [r0]
    vcvt.s32.f32 s0,s0
    vcvt.f64.s32 d0,s0
    vcmp.f32 s0,#0
    vcmp.f32 s0,#0.0
    vcmpe.f64 d0,d1
    vadd.i32 q0,q1,q2
    vmul.f32 s0,s1,s2
    vshl.i32 d0,d0,#3
    vtbl.8 d0,{d1,d2},d3
    vmovl.u8 q0,d0
    vswp d0,d1
    vmov.u16 r0,d0[2]
    vmov q0,q1
    vmov d0,d1
    vmov.f32 s0,s1
    vorr.i32 q0,#0x100
    vmvn.i32 q0,#1
    vstmdb sp!, {d8-d15}
    vldmia sp!, {d8-d15}
    vand.i32 d0,#0xffffff00
    vorn.i32 d0,#0xffffff00
    vmov.i64 d0,#0xffffffff
    vmov.i8 q0,#5
    vmov.i32 d0,#0xffffffff
    vmov.i16 d0,#0xff
    vmov.i32 d0,#0xff00ffff
    vcle.s32 d0,d1,d2
    vclt.s32 q0,q1,q2
    vclt.s32 d0,d1,#0
    vacle.f32 d0,d1,d2
    vaclt.f32 d0,d1,d2
    vceq.i32 d0,d1
    vadd.i32 d0,d1
    vsub.f32 q0,q1
    vmul.i16 d0,d1,d2[3]
    vmla.f32 q0,q1,d2[1]
    vqdmulh.s16 d0,d1,d2[0]
    vmull.u32 q0,d1,d2[1]
    vdup.16 d0,d1[2]
    vdup.8 q0,d1[7]
    vext.8 d0,d1,d2,#3
    vext.32 q0,q1,q2,#1
    vrev64.8 d0,d1
    vzip.8 d0,d1
    vtrn.32 q0,q1
    vshr.s32 d0,d1,#32
    vshr.s32 d0,d1,#0
    vshl.i32 d0,d1,#0
    vrshr.u64 d0,d1,#64
    vshrn.i32 d0,q1,#16
    vqshrun.s16 d0,q1,#8
    vshll.i8 q0,d1,#8
    vshll.s8 q0,d1,#7
    vcvt.f32.s32 d0,d1,#16
    vcvt.f32.s32 s0,s0,#16
    vcvt.s16.f64 d0,d0,#8
    vcvtb.f32.f16 s0,s1
    vcvtt.f16.f32 s0,s1
    vcvtr.s32.f32 s0,s1
    vcvt.f16.f32 d0,q1
    vfma.f32 d0,d1,d2
    vfms.f64 d0,d1,d2
    vfnma.f32 s0,s1,s2
    vrecpe.u32 d0,d1
    vrsqrts.f32 q0,q1,q2
    vpadd.f32 d0,d1,d2
    vpmax.s8 d0,d1,d2
    vtbx.8 d0,{d1-d4},d5
    vtbl.8 d0,{d1},d2
    vld1.8 {d0[1]},[r0]
    vld2.16 {d0[1],d2[1]},[r0:32],r3
    vld3.8 {d0[],d1[],d2[]},[r0]!
    vld4.32 {d0[],d2[],d4[],d6[]},[r0:128]!
    vst3.16 {d0,d1,d2},[r0]
    vld1.32 {d0[0]},[r0,:32]
    vld1.32 d0,[r0]
    vabs.s8 d0,d1
    vmvn d0,d1
    vmvn.i32 d0,#0xff
    vbic.i16 q0,#0xff
    vorr.i32 d0,d0,#4
    vorr d0,d1,d2
    vbsl q0,q1,q2
    vcnt.8 d0,d1
    vclz.i16 q0,q1
    vneg.f32 q0,q1
    vswp q0,q1
    vmlal.s16 q0,d1,d2
    vqdmlal.s32 q0,d1,d2[0]
    vaddw.u8 q0,q1,d2
    vraddhn.i16 d0,q1,q2
    vpadal.u8 q0,q1
    vaddl.s32 q1,d2,d3
    vhsub.u8 d0,d1,d2
    vqrshl.u64 q0,q1,q2
    vqshlu.s32 d0,d1,#4
    vsli.64 d0,d1,#63
    vsri.8 d0,d1,#8
    vsra.u16 q0,q1,#16
    vmov.s8 r0,d0[7]
    vmov.u8 r0,d31[0]
    vmov.16 d0[3],r0
    vmov.8 d0[7],r1
    vmov d0[1],r0
    vmov r0,d0[1]
    vmov s0,s1,r0,r1
    vmov r0,r1,s2,s3
    vmov.f32 q0,#1.0
    vmov.f32 d0,#-31.0
    vmov.f64 d0,d1
    vmov.f32 s0,#0x3f800000
    vmov.f32 d0,#0.0
    vmul.p8 d0,d1,d2
    vmull.p8 q0,d1,d2
    vcvt.u32.f64 s0,d1
    vneg.f64 d0,d1
    vsqrt.f32 s0,s1
    vnmul.f64 d0,d1,d2
    vabs.f64 d0,d0
    vcmp.f64 d0,#0
    vaddne.f32 s0,s1,s2
    vstrne d0,[r0]
    vpushne {d0}
    vmrseq r0,fpscr
    vldr d0,[pc,#8]
    vmov.f32 s0,#2.0
    vld1.8 {d0},[r0]!
    fmxr fpexc,r0
    mrc p10,7,r0,cr8,cr0,0
    ldc p11,cr0,[r0],#132
    vmov.f32 s0,#1
    vmov.f64 d0,#1
    vmov.f64 d0,#0x3f800000
    vmov.i16 d0,#0xff00
    vmov.i16 d0,#0xfff0
    vmov.i32 d0,#0x12ff
    vmov.i32 d0,#0x12ffff
    vmov.i32 d0,#0xffffff12
    vmvn.i32 d0,#0xffffff12
    vmvn.i16 d0,#0xff12
    vmov.i64 d0,#0xff00ff
    vmov.i32 d0,#0x01010101
    vmov.i16 d0,#0x0101
    vmov.i32 d0,#0x00120012
    vbic.i32 d0,#0x00120012
    vbic.i16 d0,#0x1200
    vorr.i16 d0,#0xff
    vorr.i32 d0,#0xff0000
    vand.i16 d0,#0xff00
    vorn.i16 q0,#0xff00
    vmov.i32 d0,#-1
    vmov.i32 d0,#-256
    vmov.i64 q0,#-1
    vmov.i64 q0,#0
    vmov.i64 q0,#0xff
    vmov.i64 q0,#0xff00000000000000
    vmov.i64 q0,#0x100000001
    vrshr.s32 d0,d1,#0
    vshrn.i32 d0,q1,#0
    vqshl.s32 d0,d1,#3
    vqshl.s32 d0,d1,d2
    vshl.s32 d0,d1,d2
    vbic.i32 d0,d0,#4
    vcge.f32 d0,d1,#0
    vcge.s8 d0,d1,#0
    vmov.s16 d0[0],r0
    vmov.u8 d0[0],r0
    vmov.32 r0,d0[1]
    vmov.f32 r0,s0
    vmov.32 s0,r0
    vmov.u32 r0,s0
    vmov r0,s0
    vld1.8 {d0,d1,d2,d3},[r0:64]
    vld1.8 {d0,d1},[r0,:64]!
    vld2.32 {d0-d1},[r0]
    vst4.16 {d0[2],d1[2],d2[2],d3[2]},[r0:64]
    vstm r0,{s0}
    vldm r0!,{d0}
    vldr d0,[r0]
    vldr d0,[r0,#-0]
    vldr s0,[r0,#1020]
    vldr s0,[r0,#-1020]
    vadd.f32 d0,d1
    vcvt.f32.u32 s0,s0,#32
    vabd.f32 d0,d1,d2
    vmla.f64 d0,d1,d2
    vadd.f64 d16,d31,d0
    vpush {d0,d1,d2}
    vstmia r0,{d0-d3}
    vmsr fpsid,r0
    vmsr mvfr0,r0
    vmsr fpinst2,r0
    .ltorg
 vldr d0,=0x123456789abcdef0
 vldr s0,=0x12345678
 vldr d1,=1
 vldr d2,=0x123456789abcdef0
 vldr s1,=0x9abcdef0
 vldr d3,=0xffffffffffffffff
 vldr s3,=0
 vldr s3,=0x3f800000
 vldr d3,=0x3ff0000000000000
 vldr s5,=sym
 vldr d6,=0xff00ff00ff00ff00
 vldr d7,=-5
 vldr d8,=0xbff0000000000000
 vldr d9,=0xfffffffb
 vldr s6,=0x11223344
 nop
    .ltorg
 ldr r0,=0x11223344
 vldr d0,=1
 ldr r1,=0x55667788
 vldrne d1,=1
 vldr d1,=0x5566778800000001
 vldrne s1,=0x3f800000
 vldr s1,=ext+4
 ldr r0,=ext+4
 vldr d5,=0xfffffff1
 vldr d5,=0xffffffff00000000
 vldr d5,=0xffffffff
 vldr d5,=-2
 bx lr
    .ltorg
    .align 3
x:  .quad 0
    vldr d0, x
 .thumb
 vldr d0,=0x123456789abcdef0
 vldr s0,=0x12345678
 nop
 vldr d0,=1
 vldr s0,=0x3f800000
 vldr d0,=-1
 ldr r0,=0x11223344
