using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>The value that a property initializer stores.</summary>
/// <param name="Value">A long, double or string from the instructions, <see cref="Fresh"/>, or null.</param>
internal sealed record Initializer(object? Value)
{
    /// <summary>Represents <c>new()</c> and <c>[]</c>: an object with its default values, or an empty collection.</summary>
    public static object Fresh { get; } = new();
}

/// <summary>
/// Reads default values from a constructor's instructions, which contain the compiled property initializers such as <c>= 12</c>.
/// Only constants are recognized; with any other initializer, the default of the property is unknown.
/// </summary>
internal static class ConstructorDefaults
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (int)(ushort)o.Value);

    /// <summary>
    /// Initializers by property name. A property without an entry has its type's default value; a null entry means that the default
    /// is not known without running plugin code.
    /// </summary>
    /// <param name="file">The assembly.</param>
    /// <param name="type">A class in it.</param>
    public static IReadOnlyDictionary<string, Initializer?> Read(AssemblyFile file, TypeDefinition type)
    {
        var values = new Dictionary<string, Initializer?>(StringComparer.Ordinal);
        MethodDefinitionHandle constructor = type.GetMethods().FirstOrDefault(m =>
            file.Reader.StringComparer.Equals(file.Reader.GetMethodDefinition(m).Name, ".ctor")
                && ParameterCount(file, MetadataTokens.GetToken(m)) == 0);
        if (constructor.IsNil)
            return values;

        BlobReader il = file.Instructions(file.Reader.GetMethodDefinition(constructor));
        Initializer? top = null;
        bool known = false, afterBase = false;
        while (il.RemainingBytes > 0)
        {
            OpCode code = Next(ref il);
            long operand = Operand(ref il, code);
            if (code == OpCodes.Stfld && BackedProperty(file, operand) is { } property)
            {
                // Code after the call to the base constructor is the constructor's body, which may branch.
                values[property] = known && !afterBase ? top : null;
                known = false;
            }
            else if (code == OpCodes.Ldarg_0)
            {
                top = null;
                known = false;
            }
            else if (Constant(file, code, operand) is { } constant)
            {
                top = constant;
                known = true;
            }
            else if (code == OpCodes.Call && IsConstructor(file, operand))
            {
                afterBase = true;
            }
            else if (known && Converts(code) && top is { Value: not null })
            {
                top = Convert(code, top.Value);
            }
            else if (!(known && code == OpCodes.Newobj && IsNullable(file, operand)) && code != OpCodes.Nop)
            {
                known = false;
            }
        }

        return values;
    }

    private static OpCode Next(ref BlobReader il)
    {
        int value = il.ReadByte();
        return OpCodesByValue[value == 0xFE ? 0xFE00 | il.ReadByte() : value];
    }

    private static long Operand(ref BlobReader il, OpCode code)
    {
        switch (code.OperandType)
        {
            case OperandType.InlineNone:
                return 0;
            case OperandType.ShortInlineI or OperandType.ShortInlineVar or OperandType.ShortInlineBrTarget:
                return il.ReadSByte();
            case OperandType.InlineVar:
                return il.ReadInt16();
            case OperandType.InlineI8:
                return il.ReadInt64();
            case OperandType.InlineR:
                return BitConverter.DoubleToInt64Bits(il.ReadDouble());
            case OperandType.InlineSwitch:
                int targets = il.ReadInt32();
                il.Offset += 4 * targets;
                return 0;
            default:
                return il.ReadInt32();
        }
    }

    private static Initializer? Constant(AssemblyFile file, OpCode code, long operand)
    {
        if (code == OpCodes.Ldnull)
            return new Initializer(null);
        if (code == OpCodes.Ldc_I4 || code == OpCodes.Ldc_I4_S || code == OpCodes.Ldc_I8)
            return new Initializer(operand);
        if (code == OpCodes.Ldc_I4_M1)
            return new Initializer(-1L);
        if (code.Value >= OpCodes.Ldc_I4_0.Value && code.Value <= OpCodes.Ldc_I4_8.Value)
            return new Initializer((long)(code.Value - OpCodes.Ldc_I4_0.Value));
        if (code == OpCodes.Ldc_R8)
            return new Initializer(BitConverter.Int64BitsToDouble(operand));

        // The shortest decimal number that round-trips to the float: 0.1 rather than 0.10000000149.
        if (code == OpCodes.Ldc_R4)
            return new Initializer(double.Parse(BitConverter.Int32BitsToSingle((int)operand).ToString("R")));
        if (code == OpCodes.Ldstr)
            return new Initializer(file.Reader.GetUserString(MetadataTokens.UserStringHandle((int)operand & 0xFFFFFF)));
        if (code == OpCodes.Newobj && !IsNullable(file, operand) && ParameterCount(file, operand) == 0)
            return new Initializer(Initializer.Fresh);
        return code == OpCodes.Call && IsEmptyArray(file, operand) ? new Initializer(Initializer.Fresh) : null;
    }

    private static bool Converts(OpCode code) =>
        code == OpCodes.Conv_I8 || code == OpCodes.Conv_U8 || code == OpCodes.Conv_R8 || code == OpCodes.Conv_R4;

    private static Initializer Convert(OpCode code, object value) => value switch
    {
        long whole when code == OpCodes.Conv_R8 || code == OpCodes.Conv_R4 => new Initializer((double)whole),
        long whole when code == OpCodes.Conv_U8 => new Initializer((long)(uint)whole),
        _ => new Initializer(value),
    };

    private static int ParameterCount(AssemblyFile file, long token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle((int)token);
        BlobReader signature = file.Reader.GetBlobReader(handle.Kind == HandleKind.MethodDefinition
            ? file.Reader.GetMethodDefinition((MethodDefinitionHandle)handle).Signature
            : file.Reader.GetMemberReference((MemberReferenceHandle)handle).Signature);
        signature.ReadSignatureHeader();
        return signature.ReadCompressedInteger();
    }

    private static string? BackedProperty(AssemblyFile file, long token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle((int)token);
        if (handle.Kind != HandleKind.FieldDefinition)
            return null;
        string name = file.Reader.GetString(file.Reader.GetFieldDefinition((FieldDefinitionHandle)handle).Name);
        int end = name.IndexOf(">k__BackingField", StringComparison.Ordinal);
        return end > 0 ? name[1..end] : null;
    }

    private static bool IsConstructor(AssemblyFile file, long token) => MemberName(file, token) == ".ctor";

    private static bool IsNullable(AssemblyFile file, long token) =>
        file.DeclaringType(MetadataTokens.EntityHandle((int)token)) is NamedType { FullName: "System.Nullable`1" };

    private static bool IsEmptyArray(AssemblyFile file, long token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle((int)token);
        if (handle.Kind != HandleKind.MethodSpecification)
            return false;
        EntityHandle method = file.Reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method;
        return MemberName(file, MetadataTokens.GetToken(method)) == "Empty"
            && file.DeclaringType(method) is NamedType { FullName: "System.Array" };
    }

    private static string? MemberName(AssemblyFile file, long token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle((int)token);
        return handle.Kind switch
        {
            HandleKind.MethodDefinition => file.Reader.GetString(file.Reader.GetMethodDefinition((MethodDefinitionHandle)handle).Name),
            HandleKind.MemberReference => file.Reader.GetString(file.Reader.GetMemberReference((MemberReferenceHandle)handle).Name),
            _ => null,
        };
    }
}
