using System.Security.Cryptography.X509Certificates;
using NuGet.Common;
using NuGet.Packaging;
using NuGet.Packaging.Signing;
using Tenon.Host.Plugins.Loading;
using HashAlgorithmName = System.Security.Cryptography.HashAlgorithmName;

namespace Tenon.Cli.Packages;

/// <summary>The valid signature of a package.</summary>
/// <param name="Signer">Subject of the certificate.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, in upper-case hexadecimal.</param>
/// <param name="IsTrusted">Whether the certificate's chain leads to a root that this machine trusts.</param>
internal sealed record PackageSignature(string Signer, string Fingerprint, bool IsTrusted)
{
    /// <summary>Checks a package's signature. Unsigned packages are accepted, as by NuGet; invalid signatures never are.</summary>
    /// <param name="package">Name of the package, for messages.</param>
    /// <param name="path">The package's file.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>Null when the package is unsigned.</returns>
    /// <exception cref="PluginException">The signature is invalid, or the files differ from the signed ones.</exception>
    public static PackageSignature? Check(PackageOffer package, string path, CancellationToken stop)
    {
        try
        {
            using var reader = new PackageArchiveReader(path);
            if (!reader.IsSignedAsync(stop).GetAwaiter().GetResult())
                return null;
            // Accepts certificates with an untrusted chain: the fingerprint identifies their owner.
            var verifier = new PackageSignatureVerifier([new IntegrityVerificationProvider(),
                new SignatureTrustAndValidityVerificationProvider()]);
            VerifySignaturesResult result = verifier.VerifySignaturesAsync(reader,
                SignedPackageVerifierSettings.GetAcceptModeDefaultPolicy(), stop).GetAwaiter().GetResult();
            SignatureLog[] issues = [.. result.Results.SelectMany(part => part.Issues)];
            if (!result.IsValid)
                throw Invalid(package, issues.Where(issue => issue.Level == LogLevel.Error).Select(issue => issue.Message));
            X509Certificate2 certificate = reader.GetPrimarySignatureAsync(stop).GetAwaiter().GetResult()!.SignerInfo.Certificate!;
            return new PackageSignature(certificate.Subject, certificate.GetCertHashString(HashAlgorithmName.SHA256),
                issues.All(issue => issue.Level < LogLevel.Warning));
        }
        catch (SignatureException failure)
        {
            throw Invalid(package, [failure.Message]);
        }
        catch (InvalidDataException failure)
        {
            throw new PluginException($"The package {package} is damaged: {failure.Message} Nothing was installed.", failure);
        }
    }

    /// <summary>Returns a sentence that describes the signature.</summary>
    public override string ToString() =>
        $"The package is signed by '{Signer}' (SHA-256 of the certificate {Fingerprint}) and its files are unchanged; "
        + (IsTrusted ? "this machine trusts the certificate."
            : "this machine does not trust the certificate, so compare the fingerprint with the author's.");

    private static PluginException Invalid(PackageOffer package, IEnumerable<string> reasons) =>
        new($"The signature of {package} is not valid: {string.Join(" ", reasons)} Nothing was installed.");
}
