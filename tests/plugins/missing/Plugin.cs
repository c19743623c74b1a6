using System.Text.Json.Nodes;
using Tenon;

[assembly: Plugin("zoo.missing", "Left its library at home")]

namespace Zoo;

public sealed record Options : SizedOptions;

public sealed class Model(long size) : LinearBase(size);

[Architecture("lost", "Needs a library that is not there")]
public sealed class Lost : IArchitecture<Options, Model>
{
    public Options Resolve(Options options, ModelFacts facts) => options;

    public Model Build(Options options, BuildContext context) => new(options.Size);

    public ModelConfiguration Describe(Options options) => new(new JsonObject());

    public Options Read(ModelConfiguration configuration) => new();
}
