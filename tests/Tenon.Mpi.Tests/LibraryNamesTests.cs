namespace Tenon.Mpi.Tests;

public sealed class LibraryNamesTests
{
    [Fact]
    public void The_library_is_that_of_the_launcher()
    {
        LibraryNames.Candidates(name => name == "OMPI_COMM_WORLD_SIZE" ? "2" : null).Should().Equal("libmpi.so.40");
        LibraryNames.Candidates(name => name == "PMI_SIZE" ? "2" : null).Should().Equal("libmpich.so.12", "libmpi.so.12");
        LibraryNames.Candidates(_ => null).Should().Equal("libmpi.so.40", "libmpich.so.12", "libmpi.so.12");
    }

    [Theory]
    [InlineData("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022", "Open MPI 4.1.4")]
    [InlineData("MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022\nMPICH ABI:\t14:2:2", "MPICH 4.0.2")]
    [InlineData("Intel(R) MPI Library 2021.11 for Linux* OS\n", "Intel(R) MPI Library 2021.11 for Linux* OS")]
    public void Versions_are_short(string text, string version) => LibraryNames.Version(text).Should().Be(version);
}
