using Runtime.Images.Fetch;

namespace CctlImages.Progress;

/// <summary>Shows a person how far a pull or a load is, until it is disposed of; that may be done twice.</summary>
internal interface IProgressView : IFetchProgress, IDisposable;
