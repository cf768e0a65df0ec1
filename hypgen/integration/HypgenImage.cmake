# hypgen_image(TARGET BOARD)
#
# Builds the Hyp image of a board with hypgen, and defines the library TARGET. A program that links it
# gets <board>.o, the directory of hyp_abi.h, and the directory of hyp_image.ld, which its linker script
# INCLUDEs. TARGET's property HYPGEN_DIRECTORY is the directory of all outputs. The image is made again
# when the board file or a template changes.
#
#   execute_process(COMMAND hypgen integration OUTPUT_VARIABLE dir OUTPUT_STRIP_TRAILING_WHITESPACE)
#   include(${dir}/HypgenImage.cmake)
#   hypgen_image(hyp qemu-virt)
#   target_link_libraries(firmware PRIVATE hyp)
#
# HYPGEN_EXECUTABLE is the program, HYPGEN_OPTIONS a list of further options of `hypgen build`.
find_program(HYPGEN_EXECUTABLE hypgen REQUIRED)

function(hypgen_image target board)
  get_filename_component(name "${board}" NAME_WLE)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}.hypgen")
  set(directory "${out}/${name}")
  set(object "${directory}/${name}.o")
  add_custom_command(
    OUTPUT "${directory}/${name}.elf"
    BYPRODUCTS "${object}" "${directory}/hyp_abi.h" "${directory}/hyp_image.ld"
    COMMAND "${HYPGEN_EXECUTABLE}" build --quiet --board "${board}" --out "${out}"
            --depfile "${out}/${name}.d" ${HYPGEN_OPTIONS}
    DEPFILE "${out}/${name}.d"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    COMMENT "Hyp image of ${name}"
    VERBATIM)
  add_custom_target(${target}_image DEPENDS "${directory}/${name}.elf")
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_image)
  target_include_directories(${target} INTERFACE "${directory}")
  target_link_directories(${target} INTERFACE "${directory}")
  target_link_libraries(${target} INTERFACE "${object}")
  set_target_properties(${target} PROPERTIES HYPGEN_DIRECTORY "${directory}")
endfunction()
