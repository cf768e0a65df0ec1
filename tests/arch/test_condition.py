import pytest

from hypgen.arch.condition import ConditionError, predicate

NAMES = frozenset({"Rn", "Rt", "P", "W", "register_list"})


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("Rn == 15 or Rn == Rt", {"Rn": 3, "Rt": 3}, True),
        ("Rn == 15 or Rn == Rt", {"Rn": 3, "Rt": 4}, False),
        ("wback", {"P": 0, "W": 0}, True),
        ("wback", {"P": 1, "W": 1}, True),
        ("wback and Rn == 15", {"P": 1, "W": 0, "Rn": 15}, False),
        ("bit(register_list, Rn) == 1", {"register_list": 0b1000, "Rn": 3}, True),
        ("Rt & 1 == 1", {"Rt": 5}, True),
        ("Rt in {13, 15}", {"Rt": 13}, True),
        ("Rt in {13, 15}", {"Rt": 14}, False),
        ("not W", {"W": 1}, False),
        ("P == 1 and not W", {"P": 1, "W": 0}, True),
        ("BitCount(register_list) < 2", {"register_list": 0b1000}, True),
    ],
)
def test_a_condition_means_what_the_manual_says(text, fields, expected):
    assert predicate(text, NAMES)(fields) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Rd == 15", "'Rd == 15': no field or function 'Rd'"),
        ("Rn == Rt.real", "'Rn == Rt.real': Attribute is not part of the language"),
        ("open(Rn) == 1", "'open(Rn) == 1': no field or function 'open'"),
        ("Rn == 'pc'", "\"Rn == 'pc'\": 'pc' is not a number"),
        ("Rn = 15", "'Rn = 15' is not an expression"),
        ("(lambda: 1)()", "'(lambda: 1)()': Lambda is not part of the language"),
        ("Rn ** Rt == 1", "'Rn ** Rt == 1': Pow is not part of the language"),
        ("Rn[0] == 1", "'Rn[0] == 1': Subscript is not part of the language"),
    ],
)
def test_a_condition_outside_the_language_is_refused(text, message):
    with pytest.raises(ConditionError) as caught:
        predicate(text, NAMES)
    assert str(caught.value) == message
