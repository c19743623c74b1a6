using Tenon.Images.Tables;

namespace Tenon.Images.Tests;

public sealed class DamagedParquetTests : IDisposable
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Hostile, "*.parquet").Select(path => Path.GetFileName(path))];

    private static string Hostile => Path.Combine(AppContext.BaseDirectory, "data", "hostile", "parquet");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_hostile_file_is_refused_with_its_name(string name)
    {
        string file = _folder.Write("t.parquet", File.ReadAllBytes(Path.Combine(Hostile, name)));

        string? refusal = Read();

        refusal.Should().Contain(file).And.NotContain("\n");
    }

    [Fact]
    public void Damage_anywhere_is_refused_or_harmless()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "required.parquet"));
        var random = new SeededRandom(4);
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] damaged = [.. whole];
            for (int change = 0; change <= i % 2; change++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            _folder.Write("t.parquet", i % 7 == 0 ? damaged[..(int)random.Next(damaged.Length)] : damaged);
            refused += Read() is null ? 0 : 1;
        }

        refused.Should().BeInRange(100, 1490, "some damage matters, and some does not");
    }

    // Returns the error, or null if the file can be read. The images themselves are not decoded.
    private string? Read()
    {
        Task<string?> reading = Task.Run(() =>
        {
            try
            {
                using IDataset<ImageExample> data = new ImageTableData().Open(new() { Path = "t.parquet" }, _folder.Context());
                return null;
            }
            catch (DataException refused)
            {
                return refused.Message;
            }
        });
        reading.Wait(_longest).Should().BeTrue("every file is read or refused in a short time");
        return reading.Result;
    }
}
