using Tenon.Host.Planning;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Planning;

public sealed class ClusterFileTests : IDisposable
{
    private const string Valid = """
        {
          "gpu": "test",
          "gpusPerNode": 4,
          "teraflops": { "bf16": 100, "fp32": 10 },
          "memoryGB": 40,
          "memoryGBps": 1000,
          "linkGBps": 200,
          "networkGbps": 80,
          "watts": 250,
          "sources": ["measured"]
        }
        """;

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("tenon-cluster-").FullName, "mine.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Reads_all_keys_in_the_units_of_data_sheets()
    {
        Cluster cluster = Read(Valid);

        cluster.Name.Should().Be("mine");
        cluster.GpusPerNode.Should().Be(4);
        cluster.Peaks.Should().Equal(new Dictionary<string, double> { ["bf16"] = 100e12, ["fp32"] = 10e12 });
        cluster.MemoryBytes.Should().Be(40e9);
        cluster.LinkBandwidth.Should().Be(100e9, "NVLink is stated in both directions together");
        cluster.NetworkBandwidth.Should().Be(10e9, "networks are stated in bits");
        cluster.DefaultPrecision.Should().Be("bf16");
        cluster.Sources.Should().Equal("measured");
    }

    [Theory]
    [InlineData("\"memoryGB\": 40", "\"memoryGB\": -40", "mine.json:5: memoryGB: is -40. Allowed: a number from 0.001 to 1000000.")]
    [InlineData("\"gpusPerNode\": 4", "\"gpusPerNode\": 2.5", "mine.json:3: gpusPerNode: is 2.5. Allowed: a whole number from 1 to 1024.")]
    [InlineData("\"watts\": 250", "\"wats\": 250", "mine.json:9: wats: is not a key of a cluster. Did you mean 'watts'? Allowed: gpu, ")]
    [InlineData("\"fp32\": 10", "\"fp31\": 10", "teraflops:fp31: is not a key of a cluster. Did you mean 'fp32'? Allowed: bf16, fp16")]
    [InlineData("\"gpu\": \"test\"", "\"gpu\": 3", "mine.json:2: gpu: is 3. Allowed: a text.")]
    [InlineData("\"memoryGBps\": 1000,", "", "The key 'memoryGBps' is missing.")]
    [InlineData("\"watts\": 250", "\"pricePerGpuHour\": 2", "pricePerGpuHour: has no source.")]
    [InlineData("{ \"bf16\": 100, \"fp32\": 10 }", "{ }", "teraflops: is empty. Allowed: an object with a number for each precision.")]
    public void Reports_what_is_wrong_in_one_line(string valid, string invalid, string message)
    {
        Action read = () => Read(Valid.Replace(valid, invalid, StringComparison.Ordinal));

        string reported = read.Should().Throw<RecipeException>().Which.Message;
        reported.Should().Contain(message).And.NotContain("\n");
    }

    [Theory]
    [InlineData("v100", "fp16", 125, 32)]
    [InlineData("a100", "bf16", 312, 80)]
    [InlineData("h100", "bf16", 989, 80)]
    [InlineData("h200", "bf16", 989, 141)]
    [InlineData("b200", "bf16", 2250, 180)]
    public void Every_shipped_cluster_has_its_published_figures(string name, string precision, double teraflops, double memory)
    {
        Cluster cluster = ShippedClusters.Read(name);

        cluster.DefaultPrecision.Should().Be(precision);
        cluster.Peaks[precision].Should().Be(teraflops * 1e12);
        cluster.MemoryBytes.Should().Be(memory * 1e9);
        cluster.Sources.Should().NotBeEmpty();
        (cluster.PricePerHour is null || cluster.PriceSource is not null).Should().BeTrue();
    }

    [Fact]
    public void Every_shipped_cluster_is_tested() =>
        ShippedClusters.Names.Should().BeEquivalentTo(["a100", "b200", "h100", "h200", "v100"]);

    [Fact]
    public void An_unknown_name_is_refused_with_the_nearest() =>
        FluentActions.Invoking(() => ShippedClusters.Read("h10")).Should().Throw<OptionsException>()
            .WithMessage("--cluster is 'h10', which is neither a file nor a shipped cluster. Did you mean 'h100'? Shipped: *");

    private Cluster Read(string json)
    {
        File.WriteAllText(_file, json);
        return ClusterFile.Read(_file);
    }
}
