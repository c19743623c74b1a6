using System.Runtime.Intrinsics;

namespace Tenon.Kernels.Tests;

public class PhiloxTests
{
    // The known answer of Random123, the reference implementation, for a counter and a key of zeros.
    [Theory]
    [InlineData(0UL, 0UL, 0x6627e8d5UL, 0xe169c58dUL, 0xbc57ac4cUL, 0x9b00dbd8UL)]
    public void The_generator_gives_the_published_numbers(ulong key, ulong counter, ulong word0, ulong word1, ulong word2, ulong word3)
    {
        (Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d) = Philox.Next(key, counter);
        (a[0], b[0], c[0], d[0]).Should().Be((word0, word1, word2, word3));
        (Vector512<ulong> later, _, _, _) = Philox.Next(key, counter + 3);
        a[3].Should().Be(later[0]);
    }
}
