import pytest

from ivr.domain.errors import Code, Refused
from ivr.domain.phone import NumberClass, PhoneNumber, mask, parse

CALLED = frozenset({NumberClass.MOBILE, NumberClass.LANDLINE})


def refusal(text: str, classes: frozenset[NumberClass] = CALLED) -> Refused:
    with pytest.raises(Refused) as caught:
        parse(text, callable_classes=classes)
    return caught.value


@pytest.mark.parametrize(
    "text", ["+819012345678", "+818012345678", "+817012345678", "+816012345678"]
)
def test_japanese_mobile_numbers_are_mobile(text: str) -> None:
    number = parse(text, callable_classes=CALLED)
    assert (number.number_class, number.reveal()) == (NumberClass.MOBILE, text)


@pytest.mark.parametrize("text", ["+81345678901", "+81663456789", "+81112345678"])
def test_japanese_landlines_are_landlines(text: str) -> None:
    assert parse(text, callable_classes=CALLED).number_class is NumberClass.LANDLINE


@pytest.mark.parametrize(
    "text",
    [
        "+815012345678",
        "+81120123456",
        "+818001234567",
        "+81570123456",
        "+81990123456",
        "+812012345678",
    ],
    ids=["voip", "free", "free 0800", "shared cost", "premium", "machines"],
)
def test_numbers_of_other_classes_are_not_called(text: str) -> None:
    assert refusal(text).code == Code.NUMBER_NOT_CALLED


def test_a_bank_may_call_mobiles_only() -> None:
    mobile_only = frozenset({NumberClass.MOBILE})
    assert refusal("+81345678901", mobile_only).code == Code.NUMBER_NOT_CALLED
    assert parse("+819012345678", callable_classes=mobile_only).reveal() == "+819012345678"


@pytest.mark.parametrize(
    "text",
    [
        "09012345678",
        "819012345678",
        "+81 90 1234 5678",
        "+81-90-1234-5678",
        "+8109012345678",
        "+81(0)9012345678",
        "＋８１９０１２３４５６７８",
        "+８１９０１２３４５６７８",
        "+819012345678;ext=9",
        "+819012345678 ext. 9",
        "+819012345678x9",
        "tel:+819012345678",
        "tel:+819012345678;phone-context=+81",
        " +819012345678",
        "+819012345678 ",
        "+819012345678\n",
        "++819012345678",
        "+81901234ー5678",
        "+٨١٩٠١٢٣٤٥٦٧٨",
        "184+819012345678",
        "+81909012345678",
        "+8190123456",
        "+81",
        "+",
        "+0000000000",
        "anonymous",
        "sip:someone@bank.example",
        "+819012345678,+819087654321",
    ],
)
def test_only_the_canonical_form_of_a_valid_number_is_called(text: str) -> None:
    refused = refusal(text)
    assert (refused.code, refused.field) == (Code.NUMBER_NOT_CALLED, "account")


def test_a_refusal_does_not_repeat_the_number() -> None:
    for text in ("+815087654321", "+81 90 8765 4321", "+8190876543210"):
        assert "8765" not in str(refusal(text))


def test_an_account_without_a_number_is_told_apart() -> None:
    assert refusal("").code == Code.NO_REGISTERED_NUMBER


def test_a_number_prints_itself_masked_however_it_is_printed() -> None:
    number = parse("+819012345678", callable_classes=CALLED)
    shown = "+81••••••5678"
    assert [str(number), repr(number), f"{number}", f"{[number]}"[1:-1]] == [shown] * 4
    assert mask("+819012345678") == shown


def test_numbers_are_equal_by_what_they_are() -> None:
    one = parse("+819012345678", callable_classes=CALLED)
    same = PhoneNumber("+819012345678", NumberClass.MOBILE)
    other = parse("+819012345679", callable_classes=CALLED)
    assert one == same
    assert len({one, same, other}) == 2
    assert one != "+819012345678"
