#pragma warning disable CA2201 // The exceptions of the runtime are what is told here.
using System.Reflection;
using System.Runtime.InteropServices;
using Tenon.Host.Native;
using TorchSharp;

namespace Tenon.Host.Tests.Native;

[Collection("torch")]
public sealed class MemoryExceptionTests
{
    [Fact]
    public void A_failed_allocation_of_libtorch_is_one_sentence()
    {
        Action allocate = () => torch.empty(1L << 50).Dispose();

        Exception failure = allocate.Should().Throw<Exception>().Which;
        MemoryException told = MemoryException.Of(new TargetInvocationException(failure))!;

        told.Message.Should().StartWith("Not enough memory: 4.0 PiB could not be allocated. ").And.Contain(" is free. ")
            .And.NotContain("\n").And.NotContain("c10");
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 8 GiB",
        "Not enough GPU memory: 2.50 GiB could not be allocated. Use")]
    [InlineData("std::bad_alloc", "Not enough memory: more could not be allocated.")]
    [InlineData("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate " +
        "1610612736 bytes. Error code 12", "Not enough memory: 1.5 GiB could")]
    public void Of_every_kind(string message, string sentence) =>
        MemoryException.Of(new ExternalException(message))!.Message.Should().StartWith(sentence);

    [Fact]
    public void Other_failures_are_left_alone()
    {
        MemoryException.Of(new ExternalException("mat1 and mat2 shapes cannot be multiplied")).Should().BeNull();
        MemoryException.Of(new DataException("The file says: out of memory")).Should().BeNull();
        MemoryException.Of(new InvalidOperationException("x", new OutOfMemoryException())).Should().NotBeNull();
    }
}
