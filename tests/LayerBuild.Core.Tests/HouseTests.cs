using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;

namespace LayerBuild;

/// <summary>The shape of the engine, read from its compiled assembly: rooms in their order, without circles.</summary>
public sealed partial class HouseTests
{
    /// <summary>From the bottom up: a room uses only rooms above it in this list.</summary>
    private static readonly string[] Rooms =
    [
        "Diagnostics", "Files", "Lambda",
        "Formats.Documents", "Formats.Zip", "Formats.Elf", "Formats.Licenses", "Formats.Python", "Formats.Npm", "Formats.Wheel", "Formats.Index", "Formats.Locks", "Formats.Osv",
        "Steps.Declare", "Steps.Resolve", "Steps.Stage", "Steps.Verify", "Steps.Pack", "Steps.Audit", "Steps.Measure", "Steps.Report",
        "Aws", "Publish", "Run", "Build",
    ];

    private static readonly Lazy<AssemblyUses> Engine = new(() => new AssemblyUses(typeof(Diagnostic).Assembly.Location));

    [Fact]
    public void Every_namespace_is_a_room()
    {
        Assert.All(Engine.Value.Namespaces, name => Assert.NotNull(RoomOf(name)));
    }

    [Fact]
    public void A_room_uses_only_rooms_above_it()
    {
        string[] wrong =
        [
            .. from use in Engine.Value.Own
               let user = RoomOf(use.User)!
               let used = RoomOf(use.Used)!
               where Array.IndexOf(Rooms, used) > Array.IndexOf(Rooms, user)
               orderby use.UserType, use.UsedType
               select $"{use.UserType} ({user}) uses {use.UsedType} ({used})",
        ];

        Assert.Equal("", string.Join('\n', wrong.Distinct()));
    }

    [Theory]
    [InlineData("Amazon.", "Aws")]
    [InlineData("System.Diagnostics.Process", "Files")]
    public void What_is_dangerous_everywhere_is_at_home_in_one_room(string prefix, string room)
    {
        string[] users = [.. Engine.Value.Foreign.Where(f => f.Used.StartsWith(prefix, StringComparison.Ordinal)).Select(f => RoomOf(f.User)!).Distinct()];

        Assert.Equal([room], users);
    }

    [Fact]
    public void The_engine_knows_no_MSBuild()
    {
        Assert.DoesNotContain(Engine.Value.References, name => name.StartsWith("Microsoft.Build", StringComparison.Ordinal));
        Assert.Contains(Engine.Value.References, name => name == "AWSSDK.Core");
    }

    [Fact]
    public void A_namespace_is_its_folder()
    {
        string source = Path.Combine(RepositoryRoot.Path, "src", "LayerBuild.Core");
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!);
            if (folder.Split(Path.DirectorySeparatorChar)[0] is "bin" or "obj")
            {
                continue;
            }

            string declared = Namespace().Match(File.ReadAllText(file)).Groups[1].Value;
            Assert.True(declared == $"LayerBuild.{folder.Replace(Path.DirectorySeparatorChar, '.')}", $"{file} declares {declared}.");
        }
    }

    [GeneratedRegex("^namespace ([A-Za-z0-9.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    /// <summary>The longest room that a namespace is, or lies in.</summary>
    private static string? RoomOf(string name) =>
        Rooms.Where(room => name == $"LayerBuild.{room}" || name.StartsWith($"LayerBuild.{room}.", StringComparison.Ordinal)).MaxBy(room => room.Length);

    /// <summary>Which types of an assembly use which: by signatures, base types and the code of their methods.</summary>
    private sealed class AssemblyUses : ISignatureTypeProvider<ImmutableArray<EntityHandle>, object?>
    {
        private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
            .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value & 0xFFFF, o => o.OperandType);

        private readonly MetadataReader _metadata;

        public AssemblyUses(string path)
        {
            using var file = new PEReader(File.ReadAllBytes(path).ToImmutableArray());
            _metadata = file.GetMetadataReader();
            References = [.. _metadata.AssemblyReferences.Select(r => _metadata.GetString(_metadata.GetAssemblyReference(r).Name))];
            foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
            {
                (string user, string userType) = NameOf(handle);
                // What the compiler makes for itself is in no room.
                if (user.Length == 0 || !user.StartsWith("LayerBuild", StringComparison.Ordinal))
                {
                    continue;
                }

                Namespaces.Add(user);
                foreach (EntityHandle used in UsedBy(_metadata.GetTypeDefinition(handle), file).SelectMany(Types).Distinct())
                {
                    (string usedName, string usedType) = NameOf(used);
                    if (used.Kind == HandleKind.TypeReference)
                    {
                        Foreign.Add((user, usedName + "." + usedType));
                    }
                    else if (usedName.StartsWith("LayerBuild", StringComparison.Ordinal))
                    {
                        Own.Add((user, userType, usedName, usedType));
                    }
                }
            }
        }

        public HashSet<string> Namespaces { get; } = [];

        public IReadOnlyList<string> References { get; }

        public HashSet<(string User, string UserType, string Used, string UsedType)> Own { get; } = [];

        public HashSet<(string User, string Used)> Foreign { get; } = [];

        private IEnumerable<EntityHandle> UsedBy(TypeDefinition type, PEReader file)
        {
            yield return type.BaseType;
            foreach (InterfaceImplementationHandle handle in type.GetInterfaceImplementations())
            {
                yield return _metadata.GetInterfaceImplementation(handle).Interface;
            }

            foreach (FieldDefinitionHandle handle in type.GetFields())
            {
                foreach (EntityHandle used in _metadata.GetFieldDefinition(handle).DecodeSignature(this, null))
                {
                    yield return used;
                }
            }

            foreach (MethodDefinitionHandle handle in type.GetMethods())
            {
                MethodDefinition method = _metadata.GetMethodDefinition(handle);
                foreach (EntityHandle used in Of(method.DecodeSignature(this, null)))
                {
                    yield return used;
                }

                if (method.RelativeVirtualAddress != 0)
                {
                    foreach (EntityHandle used in Tokens(file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!))
                    {
                        yield return used;
                    }
                }
            }
        }

        private static IEnumerable<EntityHandle> Tokens(byte[] code)
        {
            for (int at = 0; at < code.Length;)
            {
                int value = code[at++];
                if (value == 0xFE)
                {
                    value = 0xFE00 | code[at++];
                }

                switch (Operands[value])
                {
                    case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                        yield return MetadataTokens.EntityHandle(BitConverter.ToInt32(code, at));
                        at += 4;
                        break;
                    case OperandType.InlineNone:
                        break;
                    case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                        at++;
                        break;
                    case OperandType.InlineVar:
                        at += 2;
                        break;
                    case OperandType.InlineI8 or OperandType.InlineR:
                        at += 8;
                        break;
                    case OperandType.InlineSwitch:
                        at += 4 + (4 * BitConverter.ToInt32(code, at));
                        break;
                    default:
                        at += 4;
                        break;
                }
            }
        }

        /// <summary>The types that stand behind a token: of a member the one that has it, and those of its signature.</summary>
        private IEnumerable<EntityHandle> Types(EntityHandle handle)
        {
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition or HandleKind.TypeReference:
                    return handle.IsNil ? [] : [handle];
                case HandleKind.TypeSpecification when !handle.IsNil:
                    return _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                case HandleKind.MethodDefinition:
                    return [_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()];
                case HandleKind.FieldDefinition:
                    return [_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()];
                case HandleKind.MemberReference:
                    MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                    return [.. Types(member.Parent), .. member.GetKind() == MemberReferenceKind.Method ? Of(member.DecodeMethodSignature(this, null)) : member.DecodeFieldSignature(this, null)];
                case HandleKind.MethodSpecification:
                    MethodSpecification generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    return [.. Types(generic.Method), .. generic.DecodeSignature(this, null).SelectMany(t => t)];
                default:
                    return [];
            }
        }

        /// <summary>Namespace and name; those of the outermost type for a nested one.</summary>
        private (string Namespace, string Name) NameOf(EntityHandle handle)
        {
            if (handle.Kind == HandleKind.TypeReference)
            {
                TypeReference reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
                return reference.ResolutionScope.Kind == HandleKind.TypeReference
                    ? NameOf(reference.ResolutionScope)
                    : (_metadata.GetString(reference.Namespace), _metadata.GetString(reference.Name));
            }

            TypeDefinition type = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
            return type.GetDeclaringType() is { IsNil: false } outer ? NameOf(outer) : (_metadata.GetString(type.Namespace), _metadata.GetString(type.Name));
        }

        private static IEnumerable<EntityHandle> Of(MethodSignature<ImmutableArray<EntityHandle>> signature) => [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(p => p)];

        public ImmutableArray<EntityHandle> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

        public ImmutableArray<EntityHandle> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [handle];

        public ImmutableArray<EntityHandle> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => [.. Types(handle)];

        public ImmutableArray<EntityHandle> GetGenericInstantiation(ImmutableArray<EntityHandle> genericType, ImmutableArray<ImmutableArray<EntityHandle>> typeArguments) => [.. genericType, .. typeArguments.SelectMany(t => t)];

        public ImmutableArray<EntityHandle> GetFunctionPointerType(MethodSignature<ImmutableArray<EntityHandle>> signature) => [.. Of(signature)];

        public ImmutableArray<EntityHandle> GetModifiedType(ImmutableArray<EntityHandle> modifier, ImmutableArray<EntityHandle> unmodifiedType, bool isRequired) => unmodifiedType;

        public ImmutableArray<EntityHandle> GetArrayType(ImmutableArray<EntityHandle> elementType, ArrayShape shape) => elementType;

        public ImmutableArray<EntityHandle> GetByReferenceType(ImmutableArray<EntityHandle> elementType) => elementType;

        public ImmutableArray<EntityHandle> GetPinnedType(ImmutableArray<EntityHandle> elementType) => elementType;

        public ImmutableArray<EntityHandle> GetPointerType(ImmutableArray<EntityHandle> elementType) => elementType;

        public ImmutableArray<EntityHandle> GetSZArrayType(ImmutableArray<EntityHandle> elementType) => elementType;

        public ImmutableArray<EntityHandle> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

        public ImmutableArray<EntityHandle> GetGenericMethodParameter(object? genericContext, int index) => [];

        public ImmutableArray<EntityHandle> GetGenericTypeParameter(object? genericContext, int index) => [];
    }
}
