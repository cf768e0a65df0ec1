import pytest

from hypgen.arch.condition import ConditionError
from hypgen.arch.operands import OperandError, parse_operands

WIDTHS = {"i": 1, "imm3": 3, "imm8": 8, "D": 1, "Rd": 3, "W": 1}


def made(*lines: str, **fields: int) -> dict[str, int]:
    values = dict.fromkeys(WIDTHS, 0) | fields
    operands = parse_operands(lines, WIDTHS)
    for operand in operands:
        values[operand.name] = operand.value(values)
    return {operand.name: values[operand.name] for operand in operands}


def test_fields_and_bits_are_joined_the_highest_first():
    assert made("imm12 = i:imm3:imm8", i=1, imm3=0b010, imm8=0xFF) == {"imm12": 0xAFF}
    assert made("imm32 = imm8:00", imm8=3) == {"imm32": 12}
    assert made("Rn = 1101") == {"Rn": 13}


def test_an_operand_may_take_the_name_of_a_field_and_be_used_by_the_next():
    assert made("Rd = D:Rd", "Rn = Rd", D=1, Rd=5) == {"Rd": 13, "Rn": 13}


def test_a_concatenation_is_sign_extended_to_32_bits():
    assert made("imm32 = SignExtend(imm8:0)", imm8=0xFE) == {"imm32": 0xFFFF_FFFC}
    assert made("imm32 = SignExtend(imm8:0)", imm8=0x7E) == {"imm32": 0xFC}


def test_a_condition_is_zero_or_one():
    assert made("R = W == 0", W=1) == {"R": 0}
    assert made("S = not W") == {"S": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("imm32 imm8", "'imm32 imm8' is not of the form 'name = value'"),
        ("imm32 = imm5:00", "'imm5:00': no field 'imm5'"),
    ],
)
def test_a_wrong_operand_is_refused(line, message):
    with pytest.raises(OperandError) as caught:
        parse_operands((line,), WIDTHS)
    assert str(caught.value) == message


def test_a_condition_over_an_unknown_field_is_refused():
    with pytest.raises(ConditionError, match="no field or function 'Q'"):
        parse_operands(("S = Q == 1",), WIDTHS)
