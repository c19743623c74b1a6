using System.Reflection.Metadata;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>Finds the components of a plugin in the attributes and interfaces of its classes.</summary>
/// <param name="assembly">The plugin's main assembly.</param>
/// <param name="world">Where types are looked up.</param>
internal sealed class ComponentReader(AssemblyFile assembly, TypeWorld world)
{
    private static readonly Dictionary<string, (ComponentKind Kind, string Interface)> Kinds = new(StringComparer.Ordinal)
    {
        ["Tenon.ArchitectureAttribute"] = (ComponentKind.Architecture, "Tenon.IArchitecture`2"),
        ["Tenon.StrategyAttribute"] = (ComponentKind.Strategy, "Tenon.IStrategy`2"),
        ["Tenon.DeviceAttribute"] = (ComponentKind.Device, "Tenon.IDevice`1"),
        ["Tenon.DataAttribute"] = (ComponentKind.Data, "Tenon.IData`2"),
        ["Tenon.TokenizerAttribute"] = (ComponentKind.Tokenizer, "Tenon.ITokenizerFactory`1"),
        ["Tenon.RewardAttribute"] = (ComponentKind.Reward, "Tenon.IRewardFactory`2"),
    };

    /// <summary>The components, by kind and name.</summary>
    /// <param name="plugin">The plugin that offers them.</param>
    /// <exception cref="ComponentException">A class is marked as something that it is not, or a name is offered twice.</exception>
    public IReadOnlyList<ComponentInfo> Read(PluginInfo plugin)
    {
        var components = new List<ComponentInfo>();
        foreach (CustomAttributeHandle handle in assembly.Reader.CustomAttributes)
        {
            CustomAttribute attribute = assembly.Reader.GetCustomAttribute(handle);
            if (attribute.Parent.Kind == HandleKind.TypeDefinition && assembly.DeclaringType(attribute.Constructor) is NamedType { IsContract: true } type
                && Kinds.TryGetValue(type.FullName, out (ComponentKind Kind, string Interface) found))
                components.Add(Component(plugin, found.Kind, found.Interface, attribute));
        }

        foreach (IGrouping<(ComponentKind, string), ComponentInfo> same in components.GroupBy(c => (c.Kind, c.Name)).Where(g => g.Count() > 1))
        {
            throw new ComponentException(
                $"it offers the {same.First()} {same.Count()} times: {string.Join(", ", same.Select(c => c.TypeName).Order(StringComparer.Ordinal))}. Each name belongs to one class; rename the others");
        }

        return [.. components.OrderBy(c => c.Kind).ThenBy(c => c.Name, StringComparer.Ordinal)];
    }

    private ComponentInfo Component(PluginInfo plugin, ComponentKind kind, string contract, CustomAttribute attribute)
    {
        var self = (NamedType)assembly.Shape(attribute.Parent);
        IReadOnlyCollection<NamedType> own = world.Interfaces(self);
        NamedType role = own.FirstOrDefault(i => i.IsContract && i.FullName == contract)
            ?? throw new ComponentException(
                $"its class {self.FullName} is marked as {ComponentInfo.KindName(kind)}, but does not implement {contract[..contract.IndexOf('`', StringComparison.Ordinal)]}");
        AttributeValues values = assembly.Values(attribute);
        IReadOnlyCollection<NamedType> abilities = kind == ComponentKind.Architecture ? ModelInterfaces(role.Arguments[1]) : own;
        return new ComponentInfo(plugin, kind, (string)values.Fixed[0]!, () => new OptionsReader(world).Read(role.Arguments[0]))
        {
            Summary = (string)values.Fixed[1]!,
            Stability = values.Named.TryGetValue(nameof(Stability), out object? stability) ? (Stability)(int)stability! : Stability.Preview,
            TypeName = self.FullName,
            Capabilities = kind == ComponentKind.Architecture
                ? [.. abilities.Where(i => i.IsContract && i.Arguments.IsEmpty).Select(i => i.FullName).Order(StringComparer.Ordinal)] : [],
            Collates = kind is ComponentKind.Architecture or ComponentKind.Strategy ? ArgumentsOf("Tenon.ICollate`1") : [],
            Reads = kind == ComponentKind.Strategy ? ArgumentsOf("Tenon.IReads`1") : [],
            LearnsFrom = kind == ComponentKind.Strategy ? ArgumentsOf("Tenon.ILearnsFrom`1") : [],
            Packs = kind == ComponentKind.Architecture ? ArgumentsOf("Tenon.IPacks`1") : [],
            Needs = kind == ComponentKind.Strategy ? (role.Arguments[1] as NamedType)?.FullName : null,
            Selects = kind == ComponentKind.Strategy && world.Bases(role.Arguments[0]).Any(b => b is { IsContract: true, FullName: "Tenon." + nameof(SelectionOptions) }),
            TrainsAdapter = kind == ComponentKind.Strategy && HasAttribute(attribute.Parent, "Tenon." + nameof(TrainsAdapterAttribute)),
            ExampleType = kind == ComponentKind.Data ? (role.Arguments[1] as NamedType)?.FullName : null,
            NeedsReward = values.Named.TryGetValue(nameof(StrategyAttribute.NeedsReward), out object? needsReward) && needsReward is true,
            Outcomes = kind switch
            {
                ComponentKind.Architecture => ArgumentsOf("Tenon.IPolicy`1"),
                ComponentKind.Reward when role.Arguments[1] is NamedType outcome => [outcome.FullName],
                _ => [],
            },
            ModelTypes = Texts(values, nameof(ArchitectureAttribute.ModelTypes)),
            AdapterTypes = Texts(values, nameof(StrategyAttribute.AdapterTypes)),
            Opens = Texts(values, nameof(TokenizerAttribute.Opens)),
        };

        // The argument of each form of a generic interface that the abilities have.
        IReadOnlyList<string> ArgumentsOf(string contract) =>
            [.. abilities.Where(i => i.IsContract && i.FullName == contract).Select(i => ((NamedType)i.Arguments[0]).FullName).Order(StringComparer.Ordinal)];
    }

    private bool HasAttribute(EntityHandle type, string name) =>
        assembly.Attributes(assembly.Reader.GetTypeDefinition((TypeDefinitionHandle)type).GetCustomAttributes()).Any(found => found.Type == name);

    // The model may be named by an interface of the contract itself.
    private IReadOnlyCollection<NamedType> ModelInterfaces(TypeShape model) =>
        model is NamedType { IsContract: true } contract ? [contract, .. world.Interfaces(model)] : world.Interfaces(model);

    private static IReadOnlyList<string> Texts(AttributeValues values, string name) =>
        values.Named.TryGetValue(name, out object? texts) ? [.. AttributeValues.Items(texts).OfType<string>()] : [];
}

/// <summary>A plugin's classes are not what their attributes say.</summary>
/// <param name="message">The rest of a sentence that starts with the plugin's name.</param>
internal sealed class ComponentException(string message) : Exception(message);
