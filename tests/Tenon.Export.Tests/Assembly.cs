// The program runs inside the process of the tests, and torch's threads and generator belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
