from ivr.crew import Shares


def test_one_client_takes_its_own_places_and_no_others() -> None:
    shares = Shares(2)
    assert [shares.take("slow") for _ in range(3)] == [True, True, False]
    assert shares.take("quick")
    shares.give_back("slow")
    assert [shares.take("slow") for _ in range(2)] == [True, False]
