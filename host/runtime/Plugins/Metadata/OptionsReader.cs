using System.Reflection;
using System.Reflection.Metadata;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>Describes an options type from metadata: keys, types, ranges, defaults and documentation.</summary>
/// <param name="world">Resolves types.</param>
/// <param name="documented">Whether the options have summaries; without them, no documentation file is read.</param>
internal sealed class OptionsReader(TypeWorld world, bool documented = true)
{
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    /// <summary>Returns the options of a type; empty for framework types.</summary>
    /// <param name="shape">The options type.</param>
    public OptionsSchema Read(TypeShape shape)
    {
        string name = (shape as NamedType)?.FullName ?? shape.ToString()!;
        if (world.Resolve(shape) is not { } at)
            return new OptionsSchema(name, "", []);

        _open.Add(name);
        var options = new List<OptionInfo>();
        // The options of a base record come first.
        foreach (TypeShape level in world.Bases(shape).Prepend(shape))
        {
            if (world.Resolve(level) is { } current)
                options.InsertRange(0, Declared(current.File, current.Type));
        }

        _open.Remove(name);
        return new OptionsSchema(name, Texts(at.File).Type(name), options);
    }

    /// <summary>Converts a property's name to its name in recipes.</summary>
    public static string Key(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private List<OptionInfo> Declared(AssemblyFile file, TypeDefinition type)
    {
        IReadOnlyDictionary<string, Initializer?> initializers = ConstructorDefaults.Read(file, type);
        string typeName = ((NamedType)file.Shape(DeclaringHandle(file, type))).FullName;
        var options = new List<OptionInfo>();
        foreach (PropertyDefinition property in type.GetProperties().Select(file.Reader.GetPropertyDefinition))
        {
            PropertyAccessors accessors = property.GetAccessors();
            if (!IsPublic(file, accessors.Getter) || !IsPublic(file, accessors.Setter))
                continue;
            string name = file.Reader.GetString(property.Name);
            List<(string Type, AttributeValues Values)> attributes = [.. file.Attributes(property.GetCustomAttributes())
                .Where(a => a.Type.StartsWith("System.ComponentModel.", StringComparison.Ordinal) || OptionAttributes.IsOfOptions(a.Type)
                    || a.Type == "System.Runtime.CompilerServices.NullableAttribute"
                        || a.Type == "System.Runtime.CompilerServices.RequiredMemberAttribute")
                .Select(a => (a.Type, file.Values(a.Attribute)))];
            if (attributes.Any(a => a.Type == "System.ComponentModel.BrowsableAttribute" && a.Values.Fixed[0] is false))
                continue;

            OptionType optionType = Type(file.Shape(property)) with { };
            bool nullable = optionType.IsNullable || (!IsValue(optionType) && Nullability.AllowsNull(file, property, type));
            var option = new OptionInfo(Key(name), optionType with { IsNullable = nullable })
            {
                Summary = Texts(file).Property(typeName, name),
            };
            option = OptionAttributes.Apply(option, attributes);
            if (!option.IsRequired || initializers.ContainsKey(name))
                option = WithDefault(option, initializers, name);
            options.Add(option);
        }

        return options;
    }

    private OptionType Type(TypeShape shape)
    {
        switch (shape)
        {
            case ArrayType array:
                return ArrayOf(array.Element);
            case NamedType { FullName: "System.Nullable`1" } nullable:
                return Type(nullable.Arguments[0]) with { IsNullable = true };
            case NamedType named when OptionTypes.Primitive(named.FullName) is { } primitive:
                return primitive;
            case NamedType named when OptionTypes.IsList(named.FullName):
                return ArrayOf(named.Arguments[0]);
            case NamedType named when OptionTypes.IsDictionary(named):
                OptionType value = Type(named.Arguments[1]);
                return new OptionType(OptionKind.Dictionary, $"{value.Name} by name") { Element = value };
            case NamedType named when world.Resolve(named) is { } at:
                return Defined(named, at.File, at.Type);
            default:
                return new OptionType(OptionKind.Opaque, shape.ToString()!);
        }

        OptionType ArrayOf(TypeShape item)
        {
            OptionType element = Type(item);
            string name = element.Kind == OptionKind.Enum ? $"({element.Name})[]" : $"{element.Name}[]";
            return new OptionType(OptionKind.Array, name) { Element = element };
        }
    }

    private OptionType Defined(NamedType named, AssemblyFile file, TypeDefinition type)
    {
        if (TypeWorld.Base(file, type, []) is NamedType { FullName: "System.Enum" })
        {
            var members = new List<EnumMember>();
            foreach (FieldDefinition field in type.GetFields().Select(file.Reader.GetFieldDefinition))
            {
                if (field.GetDefaultValue() is not { IsNil: false } handle)
                    continue;
                Constant constant = file.Reader.GetConstant(handle);
                object value = file.Reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode)!;
                string name = file.Reader.GetString(field.Name);
                members.Add(new EnumMember(Key(name), Convert.ToInt64(value), Texts(file).Field(named.FullName, name)));
            }

            return new OptionType(OptionKind.Enum, string.Join(" | ", members.Select(m => m.Name))) { Members = members };
        }

        bool canBeBound = type.Attributes.HasFlag(TypeAttributes.Public) || type.Attributes.HasFlag(TypeAttributes.NestedPublic);
        bool isClass = !type.Attributes.HasFlag(TypeAttributes.Interface) && !type.Attributes.HasFlag(TypeAttributes.Abstract);
        return canBeBound && isClass && !_open.Contains(named.FullName)
            ? new OptionType(OptionKind.Section, named.ToString()) { Section = Read(named) }
            : new OptionType(OptionKind.Opaque, named.ToString());
    }

    private static OptionInfo WithDefault(OptionInfo option, IReadOnlyDictionary<string, Initializer?> initializers, string name)
    {
        OptionType type = option.Type;
        if (!initializers.TryGetValue(name, out Initializer? initializer))
        {
            object? zero = type.IsNullable || !IsValue(type) ? null : type.Kind switch
            {
                OptionKind.Number => (object)0.0,
                _ => 0L,
            };
            initializer = new Initializer(zero);
        }

        if (initializer is null)
            return option;
        JsonNode? value = (initializer.Value, type.Kind) switch
        {
            (null, _) => null,
            (long number, OptionKind.Boolean) => number != 0,
            (long number, OptionKind.Enum) => type.Members.FirstOrDefault(m => m.Value == number)?.Name,
            (not null, OptionKind.Array) => new JsonArray(),
            (not null, OptionKind.Dictionary) => new JsonObject(),
            (not null, OptionKind.Section) => Defaults(type.Section!),
            (long number, _) => number,
            (double number, _) => number,
            (string text, _) => text,
            _ => null,
        };
        return value is null && initializer.Value is not null ? option : option with { HasDefault = true, Default = value };
    }

    private static JsonObject? Defaults(OptionsSchema schema) => schema.Options.All(o => o.HasDefault)
        ? new JsonObject(schema.Options.Select(o => KeyValuePair.Create(o.Key, o.Default?.DeepClone())))
        : null;

    private Documentation Texts(AssemblyFile file) => documented ? file.Documentation : Documentation.Empty;

    private static bool IsValue(OptionType type) =>
        type.Kind is OptionKind.Boolean or OptionKind.WholeNumber or OptionKind.Number or OptionKind.Enum;

    private static bool IsPublic(AssemblyFile file, MethodDefinitionHandle accessor)
    {
        if (accessor.IsNil)
            return false;
        MethodAttributes attributes = file.Reader.GetMethodDefinition(accessor).Attributes;
        return (attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public && !attributes.HasFlag(MethodAttributes.Static);
    }

    private static TypeDefinitionHandle DeclaringHandle(AssemblyFile file, TypeDefinition type) =>
        file.Reader.GetMethodDefinition(type.GetMethods().First()).GetDeclaringType();
}
