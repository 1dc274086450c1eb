# modelsync on the folder mounted at /work:
#   docker build --tag modelsync .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" modelsync sync
FROM python:3.13-slim AS build
WORKDIR /build
COPY constraints.txt ./
COPY tools/setup.sh tools/find-python.sh tools/
RUN tools/setup.sh /opt/modelsync runtime && tools/setup.sh builder runtime build
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN builder/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir wheel . \
    && /opt/modelsync/bin/python -m pip install --quiet --no-deps --no-index --compile wheel/*.whl \
    && /opt/modelsync/bin/python -m pip uninstall --quiet --yes pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home modelsync
COPY --from=build /opt/modelsync /opt/modelsync
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["/opt/modelsync/bin/modelsync"]
CMD ["--help"]
