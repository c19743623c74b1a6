using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NuGet.Common;
using NuGet.Packaging.Signing;
using Tenon.Cli.Commands;
using Tenon.Cli.Packages;
using HashAlgorithmName = NuGet.Common.HashAlgorithmName;

namespace Tenon.Cli.Tests.Packages;

/// <summary>Packages that were signed with a certificate made here, as <c>dotnet nuget sign</c> does it.</summary>
public sealed class SignedPackageTests : IDisposable
{
    private readonly Zoo _zoo = new();
    private readonly string _feed;
    private readonly X509Certificate2 _certificate = Certificate();
    private readonly string _fingerprint;

    public SignedPackageTests()
    {
        _feed = Path.Combine(_zoo.Folder, "feed");
        _fingerprint = _certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
        _zoo.Write("{ \"plugins\": {} }");
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _zoo.Dispose();
    }

    [Fact]
    public void A_valid_signature_is_told_with_its_signer()
    {
        Sign();

        (int code, string output, string errors) = Install();

        code.Should().Be(0, errors);
        output.Trim().Should().Be(
            $"Installed 'zoo.good' 1.0.0 in '{Installed}'. The package is signed by 'CN=The zoo' (SHA-256 of the certificate " +
            $"{_fingerprint}) " +
            "and its files are unchanged; this machine does not trust the certificate, so compare the fingerprint with the author's.");
        File.Exists(Path.Combine(Installed, "Zoo.Good.dll")).Should().BeTrue();
    }

    [Fact]
    public void Without_a_signature_nothing_is_said_of_one()
    {
        PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0"), _feed);

        (int code, string output, string errors) = Install();

        code.Should().Be(0, errors);
        output.Trim().Should().Be($"Installed 'zoo.good' 1.0.0 in '{Installed}'.");
    }

    [Theory]
    [InlineData("plugin/Zoo.Good.dll")]
    [InlineData("plugin/new.dll")]
    [InlineData("zoo.good.nuspec")]
    public void A_file_that_changed_after_signing_is_refused(string file)
    {
        using (ZipArchive archive = ZipFile.Open(Sign(), ZipArchiveMode.Update))
        {
            using Stream content = (archive.GetEntry(file) ?? archive.CreateEntry(file)).Open();
            content.Seek(0, SeekOrigin.End);
            content.WriteByte((byte)'\n');
        }

        Refused("The signature of 'zoo.good' 1.0.0 from '*' is not valid: *changed since it was signed*Nothing was installed.");
    }

    [Fact]
    public void A_signature_of_other_bytes_is_refused()
    {
        using (ZipArchive archive = ZipFile.Open(Sign(), ZipArchiveMode.Update))
        {
            archive.GetEntry(".signature.p7s")!.Delete();
            using Stream content = archive.CreateEntry(".signature.p7s", CompressionLevel.NoCompression).Open();
            content.Write("no signature"u8);
        }

        Refused("The signature of 'zoo.good' 1.0.0 from '*' is not valid: *Nothing was installed.");
    }

    private string Installed => Path.Combine(_zoo.Folder, "installed", "zoo.good", "1.0.0");

    private void Refused(string sentence)
    {
        (int code, _, string errors) = Install();

        code.Should().Be(3);
        errors.Trim().Should().Match(sentence).And.NotContain("\n");
        Directory.Exists(Installed).Should().BeFalse();
        File.ReadAllText(_zoo.File).Should().Be("{ \"plugins\": {} }");
    }

    private (int Code, string Output, string Errors) Install()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = EntryPoint.Run(["plugins", "install", "zoo.good", "--source", _feed, "--folder", "installed", "--plugins", _zoo.File],
            output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    // The path of the signed package.
    private string Sign()
    {
        string plain = PluginPackage.Pack(Path.Combine(Zoo.Plugins, "zoo.good", "1.0.0"), Path.Combine(_zoo.Folder, "plain"));
        Directory.CreateDirectory(_feed);
        string signed = Path.Combine(_feed, Path.GetFileName(plain));
        using var request = new AuthorSignPackageRequest(_certificate, HashAlgorithmName.SHA256);
        using SigningOptions options = SigningOptions.CreateFromFilePaths(plain, signed, overwrite: true,
            new X509SignatureProvider(timestampProvider: null), NullLogger.Instance);
        SigningUtility.SignAsync(options, request, default).GetAwaiter().GetResult();
        return signed;
    }

    private static X509Certificate2 Certificate()
    {
        using RSA key = RSA.Create(3072);
        var request = new CertificateRequest("CN=The zoo", key, System.Security.Cryptography.HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1);
        // code signing
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
