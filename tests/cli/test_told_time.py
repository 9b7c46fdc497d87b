"""How commands tell a moment."""

from ivr.cli.told_time import told_time

HALF_PAST_MIDNIGHT = 1_763_739_015_250  # 2025-11-22 00:30:15.25 in Japan


def test_every_moment_is_told_in_japans_time_with_its_zone() -> None:
    assert told_time(HALF_PAST_MIDNIGHT) == "2025-11-22 00:30+09:00"
    assert told_time(HALF_PAST_MIDNIGHT, "seconds") == "2025-11-22 00:30:15+09:00"
    assert told_time(HALF_PAST_MIDNIGHT, "milliseconds") == "2025-11-22 00:30:15.250+09:00"
