import { CfnParameter } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

/** The parameters `ImageRepository` and `ImageTag`: an image in ECR that somebody else has built, such as CodeBuild. */
export function imageFromParameters(scope: Construct): ContainerImage {
  const repository = new CfnParameter(scope, 'ImageRepository', {
    description: 'Name of the ECR repository in this account and region',
    default: 'fledge',
    allowedPattern: '[a-z0-9][a-z0-9._/-]+',
  });
  const tag = new CfnParameter(scope, 'ImageTag', {
    description: 'Tag of the image; never latest, since a rollback needs to tell one from the other',
    allowedPattern: '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}',
  });
  return ContainerImage.fromEcrRepository(
    Repository.fromRepositoryName(scope, 'Repository', repository.valueAsString),
    tag.valueAsString,
  );
}

export interface ImageSource {
  /** The build's context. */
  readonly directory: string;
  /**
   * Path of the Dockerfile in it.
   * @default 'docker/Dockerfile'
   */
  readonly dockerfile?: string;
  /**
   * The stage to build.
   * @default 'production'
   */
  readonly target?: string;
}

/** An image that `cdk deploy` builds with Docker on this machine and pushes. */
export function imageFromSource(source: ImageSource, architecture = CpuArchitecture.X86_64): ContainerImage {
  return ContainerImage.fromAsset(source.directory, {
    file: source.dockerfile ?? 'docker/Dockerfile',
    target: source.target ?? 'production',
    platform: architecture === CpuArchitecture.ARM64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    // What decides whether the image is new; a change in here is none of the application's.
    exclude: ['.git', 'node_modules', 'dist', 'tmp', 'infra', 'coverage'],
  });
}
