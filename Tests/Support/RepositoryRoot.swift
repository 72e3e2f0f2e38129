/// Absolute path of the checkout that the tests were built from.
public let repositoryRoot: String = {
  // .../Tests/Support/RepositoryRoot.swift
  let components = #filePath.split(separator: "/").dropLast(3)
  return "/" + components.joined(separator: "/")
}()
