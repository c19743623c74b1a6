// Torch's threads and random generator belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
