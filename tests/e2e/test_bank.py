"""Three days of a bank's calls, whatever the order, the duplicates, the crashes and the number of workers."""

import csv
import gzip
import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.times import parse_us
from tests.e2e.bank import DAYS, SAME_CONTACT, WHOLE, as_found, expected, same, three_days
from tests.e2e.conftest import MakeStack
from tests.e2e.stack import Stack
