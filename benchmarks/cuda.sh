#!/usr/bin/env bash
# What costcalc says of a GPU, and what the GPU does: tests, tools, memory, times and rates, as one Markdown page.
#
#   benchmarks/cuda.sh [DEVICE] [FOLDER]     # cuda, and a new folder, by default; cpu rehearses it
#
# For a machine with a GPU, PyTorch and torchvision, about five minutes. WHEELS=DIR installs wheels that lie beside it
# (fvcore, torchinfo, click, ...), away from the Python of the machine. The page can be made again from the figures,
# without a GPU: python benchmarks/gpu_page.py FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
device=${1:-cuda} folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
export PYTHONPATH="$PWD" PYTHONUNBUFFERED=1
if [ -n "${WHEELS:-}" ]; then
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --target "$folder/site" "$WHEELS"/*.whl
    export PYTHONPATH="$PWD:$folder/site"
fi

python3 -m costcalc calibrate --device "$device" -o "$folder/calibrated.json"
python3 benchmarks/gpu.py "$device" "$folder"  # times and memory before anything else runs on the GPU

for model in googlenet resnet50 mobilenet_v2 torchvision:vit_b_32 torchvision:swin_t; do  # at once: mostly CPU work
    python3 -m costcalc verify "$model" --tools all --device "$device" --format json -o "$folder/verify-${model#*:}.json" \
        > "$folder/verify-${model#*:}.log" 2>&1 || true &
done
python3 -m pytest -m cuda -p no:cacheprovider -rf --junitxml="$folder/tests.xml" $(grep -rl 'mark\.cuda' tests --include='*.py') \
    > "$folder/tests.log" 2>&1 || true
wait
python3 benchmarks/gpu_page.py "$folder"
echo "written to $folder.md"
