namespace Tenon.Mpi.Tests;

public sealed class DoctorTests
{
    [SkippableFact]
    public void Doctor_shows_library_version_interface_and_launcher()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        ProgramResult alone = TenonProgram.Run(workspace.Folder, "doctor", "--json");
        alone.Output.Should().MatchRegex(@"Open MPI \d+\.\d+\.\d+ \(libmpi\.so\.40, binary interface of Open MPI\)")
            .And.Contain("\"launcher\": null");

        ProgramResult two = MpiRun.OpenMpi.Run(2, workspace.Folder, "doctor", "--json");
        two.Output.Should().Contain("\"variable\": \"OMPI_COMM_WORLD_SIZE\"").And.Contain("\"processes\": 2").And.Contain("\"rank\": 0");
    }
}
