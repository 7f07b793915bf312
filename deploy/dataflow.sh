#!/bin/sh
# A run on Google's Dataflow. NOT RUN: see README.md beside it.
# Needs `pip install "apache-beam[gcp]"`, and an account that may start jobs and write to the bucket.
set -eu
PROJECT=my-project REGION=europe-west1 BUCKET=my-bucket
IMAGE=REGISTRY/feedlake-worker

exec feedlake ingest "gs://$BUCKET/sources" --lake "gs://$BUCKET/lake" --workers 4 \
    --runner DataflowRunner -- \
    --project="$PROJECT" --region="$REGION" --temp_location="gs://$BUCKET/tmp" \
    --sdk_container_image="$IMAGE" --experiments=use_runner_v2 \
    --machine_type=n2-standard-4 --max_num_workers=20
