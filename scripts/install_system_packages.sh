#!/usr/bin/env bash
# Installs the programs that pip cannot: tesseract with English, its orientation data, what OpenCV links to, and
# strace, with which a test looks at what is started and connected to.
# With --drawing also what `benchmarks.extraction` draws documents with: Chromium, LibreOffice, Pango, fonts (1 GB).
set -euo pipefail

if [ "$(uname -s)" = Darwin ]; then
  for formula in tesseract pandoc; do
    brew list "$formula" >/dev/null 2>&1 || brew install "$formula"
  done
  exit 0
fi

packages=(tesseract-ocr tesseract-ocr-osd pandoc libgl1 libglib2.0-0 python3-venv fonts-dejavu-core strace)
if [ "${1:-}" = --drawing ]; then
  packages+=(chromium libreoffice-writer-nogui libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
  packages+=(fonts-liberation fonts-noto-core fonts-noto-cjk)
fi
missing=()
for package in "${packages[@]}"; do
  # The second name is what newer releases call a package that changed its ABI.
  dpkg-query -W -f '${Status}\n' "$package" "${package}t64" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install these with your package manager: ${missing[*]}" >&2
  command -v tesseract >/dev/null && exit 0
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
echo "Installing ${missing[*]}"
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
