using Tenon.Testing;

namespace Tenon.Mpi.Tests;

public sealed class ConformanceTests : CommunicatorTests<MpiOptions>
{
    protected override ICommunicatorFactory<MpiOptions> Communicator { get; } = new Mpi();

    [Fact]
    public void A_library_that_does_not_exist_is_named_with_the_way_to_fix_it()
    {
        Availability found = new Mpi().Check(new MpiOptions { Library = "libnone.so.7" });
        found.IsAvailable.Should().BeFalse();
        found.Reason.Should().StartWith("No MPI library was found: libnone.so.7. Install Open MPI").And.Contain("parallel:library");
    }
}
