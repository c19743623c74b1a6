global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.mpi", "Runs of many processes on MPI: Open MPI, MPICH and libraries with the same binary interface")]
