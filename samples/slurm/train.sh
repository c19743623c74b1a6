#!/usr/bin/env bash
# Trains a recipe on all tasks of a Slurm job, and continues in a new job after the time limit: sbatch train.sh recipe.json
#SBATCH --job-name=tenon
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=8
#SBATCH --time=24:00:00
#SBATCH --requeue
# SIGTERM two minutes before the limit: the run writes a checkpoint and ends.
#SBATCH --signal=TERM@120
#SBATCH --open-mode=append
set -uo pipefail

recipe=${1:?"Usage: sbatch train.sh recipe.json"}
# The run's folder, on a file system that all nodes share.
output=${OUTPUT:-runs}
name=$(basename "$recipe" .json)
# pmix for Open MPI, pmi2 for MPICH.
mpi=${MPI:-pmix}

if [ -e "$output/$name/recipe.json" ]; then
  command=(resume "$output/$name")
else
  command=(run "$recipe" --name "$name" --output "$output")
fi

srun --mpi="$mpi" tenon "${command[@]}" --device:threads "$SLURM_CPUS_PER_TASK"
code=$?
# 130: stopped by the signal. Other errors would only repeat.
[ "$code" -ne 130 ] || scontrol requeue "$SLURM_JOB_ID"
exit "$code"
