using System.Reflection;
using System.Reflection.Metadata;
using Tenon.Host.Plugins.Metadata;
using AssemblyFile = Tenon.Host.Plugins.Metadata.AssemblyFile;

namespace Tenon.Host.Plugins.Inspection;

/// <summary>A member of the contract that a plugin should not use.</summary>
/// <param name="Member">Type and member.</param>
/// <param name="Obsolete">The contract's message if the member is obsolete; null if it is not public or does not exist.</param>
internal sealed record QuestionableUse(string Member, string? Obsolete);

/// <summary>
/// Finds the members of one assembly that another's compiled code uses, from metadata, which has a row for every method or field
/// that is used.
/// </summary>
internal static class ContractUse
{
    private const string ObsoleteAttribute = "System.ObsoleteAttribute";
    private const string CompilerFeatureAttribute = "System.Runtime.CompilerServices.CompilerFeatureRequiredAttribute";

    /// <summary>Returns the members in use that are obsolete, not public or missing, each once.</summary>
    /// <param name="user">The assembly with the code.</param>
    /// <param name="contract">The assembly that it uses.</param>
    public static IReadOnlyList<QuestionableUse> Questionable(AssemblyFile user, AssemblyFile contract)
    {
        IEnumerable<QuestionableUse?> types = user.Reader.TypeReferences.Select(handle => user.Shape(handle)).OfType<NamedType>()
            .Where(type => type.Assembly == contract.Name).Select(type => OfType(type, contract));
        IEnumerable<QuestionableUse?> members = user.Reader.MemberReferences.Select(handle => OfMember(user, handle, contract));
        return [.. types.Concat(members).OfType<QuestionableUse>().Distinct().OrderBy(use => use.Member, StringComparer.Ordinal)];
    }

    private static QuestionableUse? OfType(NamedType type, AssemblyFile contract)
    {
        if (contract.Find(type.FullName) is not { } definition)
            return new QuestionableUse(type.FullName, null);
        bool visible = (definition.Attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic or TypeAttributes.NestedFamily;
        return visible ? Obsolescence(contract, definition.GetCustomAttributes(), type.FullName) : new QuestionableUse(type.FullName, null);
    }

    private static QuestionableUse? OfMember(AssemblyFile user, MemberReferenceHandle handle, AssemblyFile contract)
    {
        if (user.DeclaringType(handle) is not NamedType owner || owner.Assembly != contract.Name
            || contract.Find(owner.FullName) is not { } type)
            return null;
        MemberReference reference = user.Reader.GetMemberReference(handle);
        string name = user.Reader.GetString(reference.Name);
        string full = $"{owner.FullName}.{name}";
        if (reference.GetKind() == MemberReferenceKind.Field)
        {
            FieldDefinition? field = type.GetFields().Select(contract.Reader.GetFieldDefinition)
                .Where(f => contract.Reader.StringComparer.Equals(f.Name, name))
                .Select(f => (FieldDefinition?)f).FirstOrDefault();
            return field is { } found && (found.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem
                ? Obsolescence(contract, found.GetCustomAttributes(), full)
                : new QuestionableUse(full, null);
        }

        return OfMethod(contract, type, name, Parameters(user.Reader.GetBlobReader(reference.Signature)), full);
    }

    private static QuestionableUse? OfMethod(AssemblyFile contract, TypeDefinition type, string name, int parameters, string full)
    {
        MetadataReader reader = contract.Reader;
        MethodDefinitionHandle[] overloads = [.. type.GetMethods().Where(handle =>
            reader.StringComparer.Equals(reader.GetMethodDefinition(handle).Name, name)
            && Parameters(reader.GetBlobReader(reader.GetMethodDefinition(handle).Signature)) == parameters)];
        MethodDefinitionHandle[] open = [.. overloads.Where(handle =>
            (reader.GetMethodDefinition(handle).Attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem)];
        if (open.Length == 0)
            return new QuestionableUse(full, null);
        foreach (PropertyDefinition property in type.GetProperties().Select(reader.GetPropertyDefinition))
        {
            PropertyAccessors accessors = property.GetAccessors();
            if (open.Contains(accessors.Getter) || open.Contains(accessors.Setter))
                return Obsolescence(contract, property.GetCustomAttributes(), $"{full[..^name.Length]}{reader.GetString(property.Name)}");
        }

        // Overloads with the same number of parameters cannot be distinguished here, so all of them must be obsolete.
        return open.Length == 1 ? Obsolescence(contract, reader.GetMethodDefinition(open[0]).GetCustomAttributes(), full) : null;
    }

    // A constructor of a type with required members is obsolete for compilers that do not know them, and only for those.
    private static QuestionableUse? Obsolescence(AssemblyFile contract, CustomAttributeHandleCollection attributes, string member)
    {
        var found = contract.Attributes(attributes).ToList();
        if (found.Any(attribute => attribute.Type == CompilerFeatureAttribute))
            return null;
        return found.Where(attribute => attribute.Type == ObsoleteAttribute)
            .Select(attribute =>
                new QuestionableUse(member, contract.Values(attribute.Attribute).Fixed is [string message, ..]
                    ? message : "It is obsolete."))
            .FirstOrDefault();
    }

    // ECMA-335, II.23.2.1: the calling convention, then the number of type parameters of a generic method, then the number of
    // parameters.
    private static int Parameters(BlobReader signature)
    {
        SignatureHeader header = signature.ReadSignatureHeader();
        if (header.IsGeneric)
            signature.ReadCompressedInteger();
        return signature.ReadCompressedInteger();
    }
}
